import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type LogFact, parseFacts } from './log-facts.ts'
import { encodeRuns, RECORD_BYTES, RUN_MAX_BYTES, type Run } from './record.ts'
import {
  absent,
  BLOCK_RECORDS,
  type Block,
  closeBlock,
  dataFile,
  foldSegment,
  indexFile,
  NOTHING_BEFORE,
  type Segment,
  type StreamBefore,
  type StreamState,
  sizeOf,
} from './segment.ts'

/**
 * A log as it lies in its folder. Lines of all streams are in one file, in the order in which they came: it can be read with any
 * program, a search goes over it as it is, and a log takes two open files however many streams it has.
 */
export type LogFolder = {
  path: string
  maxBytes: number
  streams: StreamState[]
  /** Those that are kept, oldest first; the last is written to. */
  segments: Segment[]
  /** Replaced by another array when the oldest are dropped. */
  blocks: Block[]
  /** The newest records, which fill no block yet, all of the last segment. */
  tail: Run[]
  /** By stream: what it had without an end of line when the log was closed. */
  unfinished: Map<number, { offset: number; bytes: Buffer; at: number }>
  gaps: string[]
  ended: boolean
  /** Facts that are not on the disk yet. */
  waiting: LogFact[]
  factsBytes: number
  files: { facts: FileHandle; data: FileHandle; index: FileHandle } | null
}

/** The oldest segment is dropped as a whole: so much of a full log goes at a time. */
const SEGMENTS = 8
/** Runs that follow each other within this are one: a line's time is that exact. */
const JOIN_MS = 100
const factsFile = (folder: string) => join(folder, 'facts.jsonl')

/**
 * Opens the log in a folder, or an empty one that makes its folder with its first line. After a crash it goes on behind the last
 * write that was done.
 */
export async function openLogFolder(path: string, maxBytes: number): Promise<LogFolder> {
  const text = (await readFile(factsFile(path), 'utf8').catch(absent)) ?? ''
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  const numbers = await segmentsIn(path)
  const folder: LogFolder = {
    path,
    maxBytes,
    streams: [],
    segments: [],
    blocks: [],
    tail: [],
    unfinished: new Map(),
    gaps: [],
    ended: false,
    waiting: [],
    factsBytes: Buffer.byteLength(whole),
    files: null,
  }
  const oldest = Math.min(...numbers)
  for (const fact of parseFacts(whole)) {
    if (fact.is === 'stream') folder.streams.push(newStream(fact.name))
    else if (fact.is === 'gap') folder.gaps.push(fact.words)
    else if (fact.is === 'segment') folder.segments.push({ number: fact.number, before: fact.before, bytes: 0, records: 0 })
    else if (fact.is === 'unfinished') folder.unfinished.set(fact.stream, { ...fact, bytes: Buffer.from(fact.bytes, 'base64') })
    else folder.ended = fact.is === 'ended'
  }
  // Older ones were dropped. The newest may have no file yet.
  folder.segments = folder.segments.filter((segment, i, all) => segment.number >= oldest || i === all.length - 1)
  for (const [i, segment] of folder.segments.entries()) {
    const next = folder.segments[i + 1]
    const { tail, damaged } = await foldSegment(path, segment, folder.streams, folder.blocks)
    folder.tail = tail
    const isShort = next !== undefined && segment.bytes < bytesOf(next.before) - bytesOf(segment.before)
    if (damaged || isShort) tellDamage(folder, segment)
    if (next || damaged) closeTail(folder, segment)
    if (!next && damaged) beginSegment(folder, segment.number + 1) // what is there is left as it is
  }
  if (folder.segments.length === 0) {
    beginSegment(folder, Math.max(-1, ...numbers) + 1)
    if (numbers.length > 0)
      tell(folder, { is: 'gap', words: `What was kept of this log before cannot be read: ${factsFile(path)} is lost.` })
  }
  return folder
}

/** The numbers of those that hold something. */
async function segmentsIn(path: string): Promise<number[]> {
  const names = (await readdir(path).catch(absent)) ?? []
  const numbers = names.flatMap((name) => /^(\d{1,9})[.]log$/.exec(name)?.[1] ?? []).map(Number)
  const sizes = await Promise.all(numbers.map((number) => sizeOf(join(path, `${number}.log`))))
  return numbers.filter((_, i) => (sizes[i] as number) > 0)
}

/** The stream's place, a new one for a name that is new. */
export function streamOf(folder: LogFolder, name: string): number {
  const known = folder.streams.findIndex((stream) => stream.name === name)
  if (known !== -1) return known
  tell(folder, { is: 'stream', name })
  return folder.streams.push(newStream(name)) - 1
}

const newStream = (name: string): StreamState => ({ name, ...NOTHING_BEFORE, lastAt: null })

/** Remembers a fact; it reaches the disk with the next {@link writeFacts} or {@link appendRuns}. */
export function tell(folder: LogFolder, fact: LogFact): void {
  folder.waiting.push(fact)
  if (fact.is === 'gap') folder.gaps.push(fact.words)
  if (fact.is === 'ended' || fact.is === 'goes-on') folder.ended = fact.is === 'ended'
}

/** @throws whatever the disk says; they wait on. */
export async function writeFacts(folder: LogFolder): Promise<void> {
  if (folder.waiting.length === 0) return
  const { facts } = await openFiles(folder)
  const now = [...folder.waiting]
  const bytes = Buffer.from(now.map((fact) => `${JSON.stringify(fact)}\n`).join(''))
  await writeAll(facts, bytes, folder.factsBytes)
  folder.factsBytes += bytes.length
  folder.waiting.splice(0, now.length)
}

/**
 * Appends runs, whose bytes follow each other in `data`. One call at a time.
 * @throws whatever the disk says; nothing is appended then, and the same call may be made again.
 */
export async function appendRuns(folder: LogFolder, data: Uint8Array, runs: readonly Run[]): Promise<void> {
  await writeFacts(folder)
  if (runs.length === 0) return
  const segment = folder.segments.at(-1) as Segment
  const { data: file, index } = await openFiles(folder)
  const { records, rewritten } = joined(folder.tail.at(-1), runs)
  // The index last: what it does not name is not there, and is written over.
  await writeAll(file, data, segment.bytes)
  await writeAll(index, encodeRuns(records), (segment.records - rewritten) * RECORD_BYTES)

  for (const run of runs) {
    const stream = folder.streams[run.stream] as StreamState
    stream.lines += run.lines
    stream.bytes += run.bytes
    stream.end = run.offset + run.bytes
    stream.open = run.open
    stream.lastAt = run.at
  }
  segment.bytes += data.length
  segment.records += records.length - rewritten
  folder.tail.splice(folder.tail.length - rewritten, rewritten, ...records)
  while (folder.tail.length >= BLOCK_RECORDS) closeBlock(segment, folder.blocks, folder.tail, BLOCK_RECORDS)
  if (segment.bytes >= folder.maxBytes / SEGMENTS) await roll(folder)
}

/** Gives the files back. It opens them again by itself. */
export async function closeFiles(folder: LogFolder): Promise<void> {
  const { files } = folder
  folder.files = null
  if (files) await Promise.all([files.facts.close(), files.data.close(), files.index.close()])
}

/** The runs as records; `rewritten` is 1 where the first of them takes the place of the last one that is there. */
function joined(last: Run | undefined, runs: readonly Run[]): { records: Run[]; rewritten: 0 | 1 } {
  const records: Run[] = last ? [last] : []
  for (const run of runs) {
    const before = records.at(-1)
    if (before && joins(before, run)) records.splice(-1, 1, together(before, run))
    else records.push(run)
  }
  if (last && records[0] === last) return { records: records.slice(1), rewritten: 0 }
  return { records, rewritten: last ? 1 : 0 }
}

const joins = (a: Run, b: Run) =>
  a.stream === b.stream &&
  !a.open &&
  a.offset + a.bytes === b.offset &&
  b.at >= a.at &&
  b.at - a.at < JOIN_MS &&
  a.bytes + b.bytes <= RUN_MAX_BYTES

const together = (a: Run, b: Run): Run => ({
  ...a,
  bytes: a.bytes + b.bytes,
  lines: a.lines + b.lines,
  open: b.open,
  pieces: a.pieces || b.pieces,
  escapes: a.escapes || b.escapes,
})

function beginSegment(folder: LogFolder, number: number): void {
  const before = folder.streams.map(({ lines, bytes, end, open }) => ({ lines, bytes, end, open }))
  folder.segments.push({ number, before, bytes: 0, records: 0 })
  tell(folder, { is: 'segment', number, before })
}

function closeTail({ blocks, tail }: LogFolder, segment: Segment): void {
  if (tail.length > 0) closeBlock(segment, blocks, tail, tail.length)
}

async function roll(folder: LogFolder): Promise<void> {
  const full = folder.segments.at(-1) as Segment
  closeTail(folder, full)
  await closeFiles(folder).catch(() => {}) // what was written is written: this must not look as if it were not
  beginSegment(folder, full.number + 1)
  while (bytesKept(folder) > folder.maxBytes) {
    const oldest = folder.segments.shift() as Segment
    folder.blocks = folder.blocks.filter(({ segment }) => segment !== oldest)
    // The data first: by it the next start knows what is kept.
    await rm(dataFile(folder.path, oldest), { force: true }).catch(() => {})
    await rm(indexFile(folder.path, oldest), { force: true }).catch(() => {})
  }
}

const bytesKept = ({ segments }: LogFolder) =>
  segments.reduce((sum, { bytes, records }) => sum + bytes + records * RECORD_BYTES, 0)

async function openFiles(folder: LogFolder) {
  if (folder.files) return folder.files
  await mkdir(folder.path, { recursive: true, mode: 0o700 })
  const segment = folder.segments.at(-1) as Segment
  const paths = [factsFile(folder.path), dataFile(folder.path, segment), indexFile(folder.path, segment)]
  const opened = await Promise.allSettled(paths.map((path) => open(path, constants.O_RDWR | constants.O_CREAT, 0o600)))
  const [facts, data, index] = opened.map((one) => (one.status === 'fulfilled' ? one.value : null))
  if (facts && data && index) {
    folder.files = { facts, data, index }
    return folder.files
  }
  await Promise.all([facts, data, index].map((file) => file?.close()))
  throw opened.find((one) => one.status === 'rejected')?.reason
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

const bytesOf = (before: StreamBefore[]) => before.reduce((sum, { bytes }) => sum + bytes, 0)

function tellDamage(folder: LogFolder, segment: Segment): void {
  const words = `Lines are missing: ${dataFile(folder.path, segment)} or its index is damaged from byte ${segment.bytes.toLocaleString('en')} on.`
  if (!folder.gaps.includes(words)) tell(folder, { is: 'gap', words })
}
