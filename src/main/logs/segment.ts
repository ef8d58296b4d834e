import { type FileHandle, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  AT,
  allocateRecords,
  BYTES,
  DOUBLES,
  decodeRun,
  FLAGS,
  isOpen,
  LINES,
  OFFSET,
  RECORD_BYTES,
  type RecordMemory,
  type Records,
  RUN_MAX_BYTES,
  type Run,
  STREAM,
  WORDS,
} from './record.ts'

/** What the index knows of one stream. */
export type StreamState = {
  name: string
  lines: number
  bytes: number
  /** Where its next line begins, in the stream's own offsets. */
  end: number
  /** Its last line has no newline. */
  open: boolean
  /** When its last line was written, epoch ms; null: none of it is kept. */
  lastAt: number | null
}

/** What a stream has had before some point. */
export type StreamBefore = Pick<StreamState, 'lines' | 'bytes' | 'end' | 'open'>
export const NOTHING_BEFORE: StreamBefore = { lines: 0, bytes: 0, end: 0, open: false }

/** A part of a log: `N.log` holds its lines in the order in which they came, `N.index` says whose they are. */
export type Segment = {
  number: number
  /** By stream; one that is not here had nothing. */
  before: StreamBefore[]
  bytes: number
  records: number
}

/** So many records of one segment, one after the other: what the search for a line skips as a whole. */
export type Block = {
  segment: Segment
  first: number
  count: number
  /** Where its lines begin in the segment. */
  position: number
  bytes: number
  /** Of all streams. */
  lines: number
  /** The latest time up to its end, epoch ms. */
  lastAt: number
}

export const BLOCK_RECORDS = 1024
const READ_RECORDS = 32 * BLOCK_RECORDS

export const dataFile = (folder: string, segment: Segment) => join(folder, `${segment.number}.log`)
export const indexFile = (folder: string, segment: Segment) => join(folder, `${segment.number}.index`)

/** Reads records of a segment's index from `first` on into `memory`: as many as it holds, fewer where the index ends. */
export async function readRecords(index: FileHandle, first: number, memory: RecordMemory): Promise<Records> {
  const { bytes } = memory
  let read = 0
  while (read < bytes.length) {
    const { bytesRead } = await index.read(bytes, read, bytes.length - read, first * RECORD_BYTES + read)
    if (bytesRead === 0) break
    read += bytesRead
  }
  return { ...memory, count: Math.floor(read / RECORD_BYTES) }
}

/**
 * Reads the index of a segment as it lies on the disk, as far as it makes sense: `streams` are brought up to date, `blocks` get those
 * that are full; `tail` is the rest. `damaged`: it ends where no crash would have ended it.
 */
export async function foldSegment(
  folder: string,
  segment: Segment,
  streams: StreamState[],
  blocks: Block[],
): Promise<{ tail: Run[]; damaged: boolean }> {
  streams.forEach((stream, i) => {
    Object.assign(stream, segment.before[i] ?? NOTHING_BEFORE)
  })
  const size = await sizeOf(dataFile(folder, segment))
  const index = await open(indexFile(folder, segment), 'r').catch(absent)
  if (size === 0 || index === null) return { tail: [], damaged: size > 0 }
  try {
    const memory = allocateRecords(READ_RECORDS)
    for (;;) {
      const records = await readRecords(index, segment.records, memory)
      const { good, damaged } = foldRecords(records, segment, size, streams, blocks)
      segment.records += good
      if (good === READ_RECORDS) continue
      const rest = good % BLOCK_RECORDS
      return { tail: Array.from({ length: rest }, (_, i) => decodeRun(records, good - rest + i)), damaged }
    }
  } finally {
    await index.close()
  }
}

/** How many of the records make sense. A crash of the machine may have left an index that is ahead of the lines: that is no damage. */
function foldRecords(
  { count, doubles, words }: Records,
  segment: Segment,
  size: number,
  streams: StreamState[],
  blocks: Block[],
) {
  let lastAt = blocks.at(-1)?.lastAt ?? 0
  let position = segment.bytes
  let linesOfBlock = 0
  for (let i = 0; i < count; i++) {
    const at = doubles[i * DOUBLES + AT] as number
    const offset = doubles[i * DOUBLES + OFFSET] as number
    const bytes = words[i * WORDS + BYTES] as number
    const lines = words[i * WORDS + LINES] as number
    const stream = streams[words[i * WORDS + STREAM] as number]
    if (stream === undefined || offset < stream.end || lines === 0 || lines > bytes || bytes > RUN_MAX_BYTES)
      return { good: i, damaged: true }
    if (segment.bytes + bytes > size) return { good: i, damaged: false }
    stream.lines += lines
    stream.bytes += bytes
    stream.end = offset + bytes
    stream.open = isOpen(words[i * WORDS + FLAGS] as number)
    stream.lastAt = at
    segment.bytes += bytes
    linesOfBlock += lines
    if (at > lastAt) lastAt = at
    if ((i + 1) % BLOCK_RECORDS !== 0) continue
    const first = segment.records + i + 1 - BLOCK_RECORDS
    blocks.push({ segment, first, count: BLOCK_RECORDS, position, bytes: segment.bytes - position, lines: linesOfBlock, lastAt })
    position = segment.bytes
    linesOfBlock = 0
  }
  return { good: count, damaged: false }
}

/** Makes a block of the first `count` runs of the tail. */
export function closeBlock(segment: Segment, blocks: Block[], tail: Run[], count: number): void {
  const runs = tail.splice(0, count)
  const before = blocks.at(-1)
  const same = before?.segment === segment
  blocks.push({
    segment,
    first: same ? before.first + before.count : 0,
    count,
    position: same ? before.position + before.bytes : 0,
    bytes: runs.reduce((sum, { bytes }) => sum + bytes, 0),
    lines: runs.reduce((sum, { lines }) => sum + lines, 0),
    lastAt: runs.reduce((last, { at }) => Math.max(last, at), before?.lastAt ?? 0),
  })
}

/** Of a file in bytes; 0 where there is none. */
export async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(absent))?.size ?? 0
}

/** What is not there is null. */
export function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}
