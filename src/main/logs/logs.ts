import { setTimeout as sleep } from 'node:timers/promises'
import type { LogInfo, LogLine, LogQuery, LogSearch, LogStream, LogStripRow, LogView } from '../../shared/log.ts'
import type { LogDownload } from '../../shared/log-download.ts'
import { memoryWords } from '../../shared/memory-words.ts'
import type { Download } from '../byte-stream.ts'
import { downloadLog } from './download.ts'
import type { Log } from './log.ts'
import { countBlocks, countLines, firstFrom, type Located, linesBefore, runsFrom, shows, tailStart } from './log-view.ts'
import { createRunReader, linesOf } from './read-lines.ts'
import { createSearcher } from './search.ts'
import type { Block, Segment, StreamState } from './segment.ts'
import type { Logbook } from './store.ts'
import { stripOf } from './strip.ts'

/** Reads logs as the screen asks for them, by line. */
export type Logs = {
  info(view: LogView): Promise<LogInfo>
  lines(view: LogView, from: number, count: number, signal: AbortSignal): Promise<LogLine[]>
  follow(view: LogView, signal: AbortSignal): AsyncGenerator<LogInfo>
  lineAt(view: LogView, at: number): Promise<number | null>
  /** The number of a line, or of the next one that is there, in another view of the log; how many lines that one has when none is. */
  lineIn(view: LogView, n: number, to: LogView['streams']): Promise<number>
  strip(view: LogView, rows: number): Promise<LogStripRow[]>
  search(view: LogView, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogSearch>
  /** The view as a file: what stands behind `/download/log/` (shared/log-download.ts). */
  download(view: LogView, how: LogDownload, signal: AbortSignal): Promise<Download>
  /** Ends the searches. */
  close(): Promise<void>
}

/** What one answer holds at most. */
const ANSWER_MAX_BYTES = 1024 * 1024
const FOLLOW_EVERY_MS = 100
const UNFINISHED_MAX_BYTES = 4096

export function createLogs(store: Logbook): Logs {
  const searcher = createSearcher()
  return {
    info: async (view) => {
      const { log, release } = await store.acquire(view.log)
      try {
        return await infoOf(log, view.streams)
      } finally {
        release()
      }
    },
    lines: async (view, from, count, signal) => {
      const { log, release } = await store.acquire(view.log)
      const reader = createRunReader(log.folder)
      const lines: LogLine[] = []
      let bytes = 0
      try {
        for await (const located of runsFrom(log.folder, () => log.view(view.streams), from)) {
          signal.throwIfAborted()
          const stream = log.folder.streams[located.run.stream]!.name
          for (const line of linesOf(located, await reader.read(located), stream)) {
            if (line.n < from) continue
            if (line.n >= from + count || bytes > ANSWER_MAX_BYTES) return lines
            bytes += line.text.length
            lines.push(line)
          }
        }
        return lines
      } finally {
        await reader.close()
        release()
      }
    },
    follow: async function* (view, signal) {
      const { log, release } = await store.acquire(view.log)
      try {
        while (!signal.aborted && !log.isClosed()) {
          const changed = log.changed(signal)
          const info = await infoOf(log, view.streams)
          const isEmpty = info.lines === 0 && info.unfinished.length === 0
          const quietUntil = performance.now() + (isEmpty ? 0 : FOLLOW_EVERY_MS)
          yield info
          if (!info.live) return
          await changed
          // What comes after a silence is told at once: a job's first line above all.
          const quiet_ms = quietUntil - performance.now()
          if (quiet_ms > 0) await sleep(quiet_ms, undefined, { signal }).catch(() => {})
        }
      } finally {
        release()
      }
    },
    strip: async ({ log: name, streams }, rows) => {
      const { log, release } = await store.acquire(name)
      try {
        return await stripOf(log, streams, rows)
      } finally {
        release()
      }
    },
    lineAt: async ({ log: name, streams }, at) => {
      const { log, release } = await store.acquire(name)
      try {
        const view = log.view(streams)
        await countBlocks(view, log.folder)
        const { blocks, starts } = view
        // Streams that were fetched late may have gone back in time: up to each block the latest time is what counts.
        const block = firstFrom(blocks.length, (i) => (blocks[i] as Block).lastAt >= at)
        const from = starts[block] ?? tailStart(view, log.folder).n
        for await (const { run, n } of runsFrom(log.folder, () => log.view(streams), from)) if (run.at >= at) return n
        return null
      } finally {
        release()
      }
    },
    lineIn: async ({ log: name, streams }, n, to) => {
      const { log, release } = await store.acquire(name)
      const { folder } = log
      try {
        const { value: from } = await runsFrom(folder, () => log.view(streams), n).next()
        const view = log.view(to)
        if (!from) return await countLines(view, folder)
        await countBlocks(view, folder)
        const block = firstFrom(view.blocks.length, (i) => !endsBefore(view.blocks[i] as Block, from))
        const start = view.starts[block] ?? tailStart(view, folder).n
        for await (const found of runsFrom(folder, () => log.view(to), start)) {
          const order = found.segment.number - from.segment.number || found.position - from.position
          if (order >= 0) return found.n + (order === 0 ? Math.max(0, n - from.n) : 0)
        }
        return await countLines(log.view(to), folder)
      } finally {
        release()
      }
    },
    search: async function* (view, query, signal) {
      const { log, release } = await store.acquire(view.log)
      try {
        yield* searcher.search(log, view.streams, query, signal)
      } finally {
        release()
      }
    },
    download: async (view, how, signal) => {
      ;(await store.acquire(view.log)).release() // a name that is none is told before the file begins
      const bytes = async function* () {
        const { log, release } = await store.acquire(view.log)
        try {
          yield* downloadLog(log, view.streams, how, signal)
        } finally {
          release()
        }
      }
      return { name: `${how.name}.log`, bytes: bytes() }
    },
    close: searcher.close,
  }
}

const endsBefore = ({ segment, position, bytes }: Block, run: Located) =>
  segment.number < run.segment.number || (segment.number === run.segment.number && position + bytes <= run.position)

async function infoOf(log: Log, names: readonly string[] | null): Promise<LogInfo> {
  const { folder } = log
  const view = log.view(names)
  if (view.firstAt === null)
    for await (const { run } of runsFrom(folder, () => log.view(names), 0)) {
      view.firstAt = run.at
      break
    }
  const lines = await countLines(view, folder)
  const shown = shows(view, folder)
  const streams = folder.streams.filter((_, i) => shown(i))
  const firstLine = linesBefore(view, folder, folder.segments[0] as Segment)
  return {
    streams: folder.streams.map(logStream),
    lines,
    firstLine,
    bytes: streams.reduce((sum, { bytes }) => sum + bytes, 0),
    firstAt: view.firstAt,
    lastAt: streams.reduce<number | null>((last, { lastAt }) => (lastAt !== null && lastAt > (last ?? 0) ? lastAt : last), null),
    live: !folder.ended,
    unfinished: log
      .unfinished()
      .filter(({ stream }) => names === null || names.includes(stream))
      .map(({ stream, bytes }) => ({ stream, text: endOf(bytes) })),
    gaps: gapsOf(log),
  }
}

/** The end of it, without half a character. */
function endOf(bytes: Buffer): string {
  let from = Math.max(0, bytes.length - UNFINISHED_MAX_BYTES)
  while (from > 0 && from < bytes.length && ((bytes[from] as number) & 0xc0) === 0x80) from += 1
  return bytes.toString('utf8', from)
}

function gapsOf(log: Log): string[] {
  const { folder } = log
  const problem = log.problem()
  const dropped = (folder.segments[0] as Segment).before.reduce((sum, { lines }) => sum + lines, 0)
  return [
    ...(dropped > 0
      ? [`The first ${count(dropped)} lines were dropped: a log is kept up to ${memoryWords(folder.maxBytes / 2 ** 20)}.`]
      : []),
    ...folder.gaps,
    ...(problem === null ? [] : [`${problem}. What is missing is fetched once the disk takes it.`]),
  ]
}

function logStream({ name, bytes, lines }: StreamState): LogStream {
  const [, rank, kind] = /^r(\d+)[.](out|err)$/.exec(name) ?? []
  return {
    name,
    rank: rank === undefined ? null : Number(rank),
    kind: (kind as 'out' | 'err' | undefined) ?? 'step',
    bytes,
    lines,
  }
}

const count = (number: number) => number.toLocaleString('en')
