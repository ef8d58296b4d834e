import { useEffect, useState } from 'react'
import { type OperationLogLine, operationLogLine } from '../../shared/operation.ts'
import { openBytes } from '../rpc/bytes.ts'

const WINDOW_BYTES = 256 * 1024
/** Of a longer log the screen keeps the end. */
const LINES_KEPT = 5000
const NEWLINE = 10

/** The lines of an operation's log so far, growing while it runs. `closed`: why nothing more comes, "" at its plain end, null while it goes on. */
export function useOperationLog(operationId: string): { lines: OperationLogLine[]; closed: string | null } {
  const [log, setLog] = useState<{ lines: OperationLogLine[]; closed: string | null }>({ lines: [], closed: null })
  useEffect(() => {
    const reader = createLineReader()
    let lines: OperationLogLine[] = []
    let frame = 0
    const show = (closed: string | null) => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => setLog({ lines, closed }))
    }
    const stream = openBytes(`operation-log:${operationId}`, {
      offset: 0,
      window_bytes: WINDOW_BYTES,
      onPreamble: () => {
        reader.reset()
        lines = []
        show(null)
      },
      onData: (bytes, _offset, done) => {
        lines = [...lines, ...reader.read(bytes)].slice(-LINES_KEPT)
        show(null)
        done()
      },
      onClose: show,
    })
    return () => {
      cancelAnimationFrame(frame)
      stream.close()
    }
  }, [operationId])
  return log
}

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
