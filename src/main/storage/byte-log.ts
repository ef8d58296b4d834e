import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { StyxError } from '../../shared/error.ts'
import type { ByteReader, Chunk } from '../byte-stream.ts'
import { createByteRing } from './byte-ring.ts'

/** An append-only log of bytes with absolute offsets, kept in a folder of segment files that are named by their first offset. */
export type ByteLog = {
  /** The oldest offset that can still be read. */
  start(): number
  end(): number
  /** Never waits, never throws: what the disk cannot take is kept in memory as far as the tail goes. Ignored after `finish`. */
  append(bytes: Uint8Array): void
  appendText(text: string): void
  /** What is appended next reaches live readers at once instead of being gathered. */
  hurry(): void
  /** Bytes that the disk has not taken yet: a writer that can wait should, beyond the tail's size. */
  unwritten(): number
  /** From `offset` on, or from the nearest that is kept. */
  reader(offset: number): ByteReader
  /** No more bytes will come: readers end once they have read all. */
  finish(): void
  /** Resolves once everything appended so far is on the disk, or the disk has refused it. */
  flush(): Promise<void>
  /** `finish`, `flush`, and the memory and the file are given back. It can still be read. */
  close(): Promise<void>
  /** `close`, and the folder is deleted. */
  remove(): Promise<void>
}

export type ByteLogOptions = {
  folder: string
  /** What it may take on the disk: the oldest segment goes first. */
  maxBytes: number
  /** What is kept in memory, so that live readers never touch the disk. */
  tailBytes?: number
  /** The disk is full or broken. Called once; readers and the tail go on, and the disk is tried again later. */
  onProblem?: (error: StyxError) => void
}

/** A segment's bytes on the disk: `first` ≤ offset < `first + size`. */
type Segment = { first: number; size: number }

const SEGMENTS = 4
const TAIL_BYTES = 512 * 1024
const WRITE_MAX_BYTES = 1024 * 1024
/** After a failed write the disk is left alone so long. */
const RETRY_AFTER_MS = 10_000
/** A live reader, and the disk, get the first bytes at once, then a chunk at most this often (a screen frame takes 16 ms) … */
const GATHER_MS = 5
/** … or as soon as so much waits. */
const GATHER_MAX_BYTES = 16 * 1024

/**
 * Opens the log in a folder, which is made when it is not there. After a crash it goes on behind the last byte that
 * reached the disk: all but what came in the last milliseconds.
 * @throws StyxError `byte-log.unreadable`
 */
export async function openByteLog(options: ByteLogOptions): Promise<ByteLog> {
  const { folder, maxBytes, tailBytes = TAIL_BYTES } = options
  const segments = await readSegments(folder)
  const last = segments.at(-1)
  let ring = createByteRing(last ? last.first + last.size : 0, maxBytes)
  let written = ring.end()
  let finished = false
  let removed = false

  // ---- to the disk: one write at a time; whatever came meanwhile goes with the next
  let file: FileHandle | null = null
  let writing: Promise<void> | null = null
  let failed = false
  let reported = false
  let retryAt = 0

  const roll = async (): Promise<Segment> => {
    await file?.close()
    file = null
    file = await open(segmentPath(folder, written), 'a', 0o600)
    const segment = { first: written, size: 0 }
    segments.push(segment)
    return segment
  }

  const dropOldest = async (): Promise<void> => {
    while (segments.length > 1 && segments.reduce((sum, segment) => sum + segment.size, 0) > maxBytes) {
      const oldest = segments.shift() as Segment
      await rm(segmentPath(folder, oldest.first), { force: true })
    }
  }

  const drain = async (): Promise<void> => {
    try {
      while (written < ring.end() && !removed) {
        if (written < ring.start()) written = ring.start() // the disk was away for longer than the memory reaches: a gap
        let segment = segments.at(-1)
        const full = segment === undefined || segment.size >= maxBytes / SEGMENTS
        if (segment === undefined || full || segment.first + segment.size !== written) segment = await roll()
        file ??= await open(segmentPath(folder, segment.first), 'a', 0o600)
        const bytes = ring.copy(written, Math.min(ring.end(), written + WRITE_MAX_BYTES))
        const { bytesWritten } = await file.write(bytes)
        segment.size += bytesWritten
        written += bytesWritten
        failed = false
        await dropOldest()
        // In a flood every write costs as much as a read from the terminal: a few at a time halve what the engine does.
        const more = ring.end() - written
        if (more > 0 && more < GATHER_MAX_BYTES && !finished) await sleep(GATHER_MS)
      }
    } catch (error) {
      failed = true
      retryAt = Date.now() + RETRY_AFTER_MS
      await file?.close().catch(() => {})
      file = null
      if (!reported) options.onProblem?.(diskProblem(folder, error))
      reported = true
    } finally {
      writing = null
    }
  }

  const write = (): void => {
    const wanted = written < ring.end() && !removed && !(failed && Date.now() < retryAt)
    if (wanted && writing === null) writing = drain()
  }

  // ---- to the readers
  const waiting = new Set<() => void>()
  let wokenAt = 0
  let wokenTo = ring.end()
  let timer: NodeJS.Timeout | null = null

  const wake = (): void => {
    if (timer) clearTimeout(timer)
    timer = null
    wokenAt = performance.now()
    wokenTo = ring.end()
    const all = [...waiting]
    waiting.clear()
    for (const go of all) go()
  }
  const wakeSoon = (): void => {
    if (waiting.size === 0) return
    if (performance.now() - wokenAt >= GATHER_MS || ring.end() - wokenTo >= GATHER_MAX_BYTES) wake()
    else timer ??= setTimeout(wake, GATHER_MS)
  }

  const start = (): number => Math.min(segments[0]?.first ?? ring.end(), ring.start())

  /** Null: nothing is left between `from` and the end. */
  const read = async (from: number, max: number): Promise<Chunk | null> => {
    for (;;) {
      if (from >= ring.start()) return from < ring.end() ? copyRing(from, max) : null
      // Not in memory: in a segment, or in what comes after a gap.
      const segment = segments.find((s) => s.first + s.size > from)
      if (segment === undefined || segment.first >= ring.start()) {
        return ring.start() < ring.end() ? copyRing(ring.start(), max) : null
      }
      const offset = Math.max(from, segment.first)
      const bytes = await readSegment(folder, segment, offset, max)
      if (bytes !== null) return { offset, bytes }
      if (segments.includes(segment)) from = segment.first + segment.size // its file was taken away by somebody else
    }
  }
  const copyRing = (from: number, max: number): Chunk => ({
    offset: from,
    bytes: ring.copy(from, Math.min(ring.end(), from + max)),
  })

  const flush = async (): Promise<void> => {
    while (writing) await writing
  }

  const log: ByteLog = {
    start,
    end: () => ring.end(),
    append: (bytes) => {
      if (finished || bytes.length === 0) return
      const tailStart = ring.end() + bytes.length - tailBytes
      ring.push(bytes, failed ? tailStart : Math.min(written, tailStart))
      write()
      wakeSoon()
    },
    appendText: (text) => log.append(Buffer.from(text)),
    hurry: () => {
      wokenAt = 0
    },
    unwritten: () => (failed ? 0 : ring.end() - written),
    reader: (offset) => {
      let next = Math.min(Math.max(offset, start()), ring.end())
      return {
        offset: next,
        live: ring.end(),
        preamble: new Uint8Array(0),
        next: async (max, signal) => {
          for (;;) {
            signal.throwIfAborted()
            if (next < ring.end()) {
              const chunk = await read(next, max)
              next = chunk ? chunk.offset + chunk.bytes.length : Math.max(next, ring.start())
              if (chunk) return chunk
              continue
            }
            // Nothing is awaited from the look above to the wait below: no append and no abort is missed.
            if (finished) return null
            await new Promise<void>((resolve) => {
              const done = () => {
                signal.removeEventListener('abort', done)
                waiting.delete(done)
                resolve()
              }
              waiting.add(done)
              signal.addEventListener('abort', done)
            })
          }
        },
        close: () => {},
      }
    },
    finish: () => {
      finished = true
      wake()
    },
    flush,
    close: async () => {
      log.finish()
      await flush()
      retryAt = 0
      write() // a last try, should the disk have refused
      await flush()
      await file?.close()
      file = null
      if (written === ring.end()) ring = createByteRing(written, maxBytes)
    },
    remove: async () => {
      removed = true
      await log.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return log
}

const segmentPath = (folder: string, first: number): string => join(folder, `${first}.log`)

async function readSegments(folder: string): Promise<Segment[]> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const names = (await readdir(folder)).filter((name) => /^\d{1,15}\.log$/.test(name))
    const firsts = names.map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b)
    const segments = await Promise.all(
      firsts.map(async (first) => ({ first, size: (await stat(segmentPath(folder, first))).size })),
    )
    return segments.map((segment, i) => ({
      ...segment,
      size: Math.min(segment.size, (firsts[i + 1] ?? Infinity) - segment.first),
    }))
  } catch (error) {
    throw new StyxError({
      code: 'byte-log.unreadable',
      what: 'Kept output cannot be read',
      where: folder,
      why: error instanceof Error ? error.message : String(error),
      suggestion: 'Check that the folder belongs to you and that its disk is there.',
    })
  }
}

/** Up to `max` bytes at `offset`; null when there are none, e.g. the segment was dropped meanwhile. */
async function readSegment(folder: string, segment: Segment, offset: number, max: number): Promise<Buffer | null> {
  let file: FileHandle | null = null
  try {
    file = await open(segmentPath(folder, segment.first), 'r')
    const bytes = Buffer.allocUnsafe(Math.min(max, segment.first + segment.size - offset))
    const { bytesRead } = await file.read(bytes, 0, bytes.length, offset - segment.first)
    return bytesRead > 0 ? bytes.subarray(0, bytesRead) : null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null // dropped between the look and the open
    throw diskProblem(folder, error)
  } finally {
    await file?.close()
  }
}

/** What the disk said, for the user. */
export function diskProblem(folder: string, error: unknown): StyxError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  return new StyxError({
    code: full ? 'disk.full' : 'disk.failed',
    what: full ? 'The disk is full: new output is not kept' : 'New output cannot be kept on the disk',
    where: folder,
    why: error instanceof Error ? error.message : String(error),
    suggestion: full
      ? 'Free some space. Output goes on, and is kept again once there is room.'
      : 'Check the disk and the folder.',
    retryable: true,
  })
}
