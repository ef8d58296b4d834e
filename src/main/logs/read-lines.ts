import { type FileHandle, open } from 'node:fs/promises'
import type { LogLine } from '../../shared/log.ts'
import { lineEnds } from './line-ends.ts'
import type { LogFolder } from './log-folder.ts'
import type { Located } from './log-view.ts'
import { dataFile, type Segment } from './segment.ts'

const WINDOW_BYTES = 256 * 1024
const NEWLINE = 10
const RETURN = 13

/** Reads the bytes of runs; those that lie close together by one read. Close it. */
export function createRunReader(folder: LogFolder) {
  let file: FileHandle | null = null
  let of: Segment | null = null
  let window = Buffer.alloc(0)
  let at = 0
  return {
    read: async ({ segment, position, run }: Located): Promise<Buffer> => {
      if (segment !== of) {
        await file?.close()
        file = await open(dataFile(folder.path, segment), 'r')
        of = segment
        window = Buffer.alloc(0)
      }
      if (position < at || position + run.bytes > at + window.length) {
        const wanted = Math.max(run.bytes, Math.min(WINDOW_BYTES, segment.bytes - position))
        const { bytesRead, buffer } = await file!.read(Buffer.allocUnsafe(wanted), 0, wanted, position)
        window = buffer.subarray(0, bytesRead)
        at = position
      }
      return window.subarray(position - at, position - at + run.bytes)
    },
    close: async () => file?.close(),
  }
}

/** The lines of a run. */
export function linesOf({ run, n }: Located, bytes: Buffer, stream: string): LogLine[] {
  const ends = lineEnds(bytes)
  if (ends.at(-1) !== bytes.length) ends.push(bytes.length)
  let from = 0
  return ends.map((end, i) => {
    const text = bytes.toString('utf8', from, textEnd(bytes, from, end))
    const continues = i === 0 ? run.continues : bytes[from - 1] !== NEWLINE
    from = end
    return { n: n + i, at: run.at, stream, text, continues }
  })
}

/** The end of a line's text: before its newline, and the carriage return that may be before that. */
export function textEnd(bytes: Uint8Array, from: number, end: number): number {
  if (bytes[end - 1] !== NEWLINE) return end
  return end - 2 >= from && bytes[end - 2] === RETURN ? end - 2 : end - 1
}
