import { endianness } from 'node:os'

/** A run of whole lines of one stream, written together: one record of a log's index. */
export type Run = {
  /** When it was written, epoch ms. */
  at: number
  /** Which stream, by its place in the log's list. */
  stream: number
  /** Where its first byte belongs in the stream. */
  offset: number
  bytes: number
  /** Lines, or pieces of lines that are too long. */
  lines: number
  /** Its first line goes on the one before. */
  continues: boolean
  /** Its last line has no newline: more of it comes, or nothing at all. */
  open: boolean
  /** Some of its lines are pieces of one that is too long: they cannot be told by their newlines alone. */
  pieces: boolean
  /** It holds ANSI sequences, or at least an escape: it is not as the user sees it. */
  escapes: boolean
}

/** What must be read to find one line. */
export const RUN_MAX_BYTES = 64 * 1024

/** Two doubles, then four 32-bit numbers. */
export const RECORD_BYTES = 32
export const WORDS = RECORD_BYTES / 4
export const DOUBLES = RECORD_BYTES / 8
// Where each field stands, for whoever reads many records: counted in doubles …
export const AT = 0
export const OFFSET = 1
// … and in words of 32 bits.
export const BYTES = 4
export const LINES = 5
export const STREAM = 6
export const FLAGS = 7
const CONTINUES = 1
const OPEN = 2
export const PIECES = 4
export const ESCAPES = 8

/** Records as they lie in the index file, to be read by the fields above. */
export type Records = { count: number; doubles: Float64Array; words: Uint32Array }

// The file is read and written as it lies in memory: reading millions of records field by field would take seconds.
if (endianness() !== 'LE') throw new Error('Styx runs on little-endian machines only')

/** `bytes` is the same memory. */
export type RecordMemory = Records & { bytes: Uint8Array }

/** Memory for so many records. */
export function allocateRecords(count: number): RecordMemory {
  const memory = new ArrayBuffer(count * RECORD_BYTES)
  return { count, doubles: new Float64Array(memory), words: new Uint32Array(memory), bytes: new Uint8Array(memory) }
}

export const isOpen = (flags: number) => (flags & OPEN) !== 0

export function encodeRuns(runs: readonly Run[]): Uint8Array {
  const { doubles, words, bytes } = allocateRecords(runs.length)
  runs.forEach((run, i) => {
    doubles[i * DOUBLES + AT] = run.at
    doubles[i * DOUBLES + OFFSET] = run.offset
    words[i * WORDS + BYTES] = run.bytes
    words[i * WORDS + LINES] = run.lines
    words[i * WORDS + STREAM] = run.stream
    words[i * WORDS + FLAGS] =
      (run.continues ? CONTINUES : 0) | (run.open ? OPEN : 0) | (run.pieces ? PIECES : 0) | (run.escapes ? ESCAPES : 0)
  })
  return bytes
}

export function decodeRun({ doubles, words }: Records, i: number): Run {
  const flags = words[i * WORDS + FLAGS] as number
  return {
    at: doubles[i * DOUBLES + AT] as number,
    stream: words[i * WORDS + STREAM] as number,
    offset: doubles[i * DOUBLES + OFFSET] as number,
    bytes: words[i * WORDS + BYTES] as number,
    lines: words[i * WORDS + LINES] as number,
    continues: (flags & CONTINUES) !== 0,
    open: isOpen(flags),
    pieces: (flags & PIECES) !== 0,
    escapes: (flags & ESCAPES) !== 0,
  }
}
