import { type OperationLogLine, operationLogLine } from '../../shared/operation.ts'

const NEWLINE = 10

/** Cuts a stream of bytes into log lines, wherever its chunks end. What is not a line of a log is shown as its own text. */
export function createLineReader() {
  let rest = new Uint8Array()
  return {
    reset: () => {
      rest = new Uint8Array()
    },
    read: (bytes: Uint8Array): OperationLogLine[] => {
      const all = new Uint8Array(rest.length + bytes.length)
      all.set(rest)
      all.set(bytes, rest.length)
      const lines: OperationLogLine[] = []
      let from = 0
      for (let end = all.indexOf(NEWLINE); end !== -1; end = all.indexOf(NEWLINE, from)) {
        const text = new TextDecoder().decode(all.subarray(from, end))
        if (text !== '') lines.push(parse(text))
        from = end + 1
      }
      rest = all.slice(from)
      return lines
    },
  }
}

function parse(text: string): OperationLogLine {
  try {
    return operationLogLine.parse(JSON.parse(text))
  } catch {
    return { at: 0, step: '', nodeId: null, text }
  }
}
