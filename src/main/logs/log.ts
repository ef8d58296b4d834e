import { StyxError } from '../../shared/error.ts'
import { diskProblem } from '../storage/byte-log.ts'
import { lineEnds } from './line-ends.ts'
import { appendRuns, closeFiles, type LogFolder, streamOf, tell } from './log-folder.ts'
import { newView, type View } from './log-view.ts'
import { RUN_MAX_BYTES, type Run } from './record.ts'

/** A log that is open: what it holds, and the way to write more. */
export type Log = {
  folder: LogFolder
  /** Why the disk takes nothing, in words; null while it does. */
  problem(): string | null
  position(stream: string): number
  /** See LogStore. */
  write(stream: string, offset: number | null, bytes: Uint8Array, at: number): Promise<void>
  tellGap(words: string): Promise<void>
  end(): Promise<void>
  /** What has no end of line yet, by stream. */
  unfinished(): { stream: string; offset: number; bytes: Buffer; at: number }[]
  /** The lines of the streams named, or of all. */
  view(names: readonly string[] | null): View
  /** Resolves at the next change, or when the signal aborts. */
  changed(signal: AbortSignal): Promise<void>
  /** It was closed or removed: whoever follows it may go. */
  isClosed(): boolean
  /** Unfinished lines are kept as such; what the disk does not take now is refused. `discard`: nothing more is written. */
  close(discard?: boolean): Promise<void>
}

/** Bytes of runs, one after the other. */
type Cut = { data: Uint8Array[]; runs: Run[] }
type Waiting = { cut: () => Cut; done: () => void; failed: (error: unknown) => void }
/** Where a stream is: behind what was written, and what of that is no whole line yet. */
type Head = { stream: number; end: number; rest: Buffer; continues: boolean; at: number }

const NEWLINE = 10
const ESCAPE = 0x1b
const BATCH_BYTES = 1024 * 1024
const VIEWS_KEPT = 16
/** A disk that refused is asked again after this. */
const RETRY_MS = 2000
const NOTHING: Cut = { data: [], runs: [] }

/**
 * The one writer of a folder. `onProblem` hears once when the disk refuses; until it takes more, writes wait: what a node has is
 * fetched later, and nothing is lost.
 */
export function createLog(folder: LogFolder, onProblem: (error: unknown) => void): Log {
  const heads = new Map<string, Head>()
  const queue: Waiting[] = []
  const views = new Map<string, View>()
  const listeners = new Set<() => void>()
  let writing: Promise<void> | null = null
  let problem: string | null = null
  let closing = false
  let closed = false
  let hurry = () => {}

  const headOf = (name: string): Head => {
    const known = heads.get(name)
    if (known) return known
    const stream = streamOf(folder, name)
    const { end, open } = folder.streams[stream]!
    const kept = folder.unfinished.get(stream)
    const rest = kept?.offset === end ? kept.bytes : Buffer.alloc(0)
    const head = { stream, end: end + rest.length, rest, continues: open, at: kept?.at ?? 0 }
    heads.set(name, head)
    return head
  }

  for (const { name } of folder.streams) headOf(name)

  // ---- to the disk: one write at a time; whatever came meanwhile goes with the next
  const put = async ({ data, runs }: Cut): Promise<void> => {
    const bytes = data.length === 1 ? (data[0] as Uint8Array) : Buffer.concat(data)
    for (;;) {
      try {
        await appendRuns(folder, bytes, runs)
        problem = null
        return
      } catch (error) {
        await closeFiles(folder).catch(() => {}) // the next try opens them anew, should the disk have been away
        if (problem === null) onProblem(error)
        problem = diskProblem(folder.path, error).data.what
        if (closing) throw error
        wake()
        await new Promise<void>((resolve) => {
          hurry = resolve
          setTimeout(resolve, RETRY_MS)
        })
      }
    }
  }
  const drain = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch: Waiting[] = []
      const all: Cut = { data: [], runs: [] }
      for (let size = 0; queue.length > 0 && size < BATCH_BYTES; ) {
        const next = queue.shift() as Waiting
        const { data, runs } = next.cut()
        batch.push(next)
        all.data.push(...data)
        all.runs.push(...runs)
        for (const run of runs) size += run.bytes
      }
      try {
        await put(all)
        for (const { done } of batch) done()
      } catch (error) {
        for (const { failed } of batch.concat(queue.splice(0))) failed(error)
      }
      wake()
    }
    writing = null
  }
  const enqueue = (cut: () => Cut): Promise<void> =>
    new Promise((done, failed) => {
      if (closed) return failed(new StyxError({ code: 'log.closed', what: 'This log was closed', where: folder.path }))
      queue.push({ cut, done, failed })
      writing ??= drain()
    })
  const wake = (): void => {
    const all = [...listeners]
    listeners.clear()
    for (const go of all) go()
  }

  const unfinished = () => [...heads].filter(([, { rest }]) => rest.length > 0)
  const keepUnfinished = (): Cut => {
    for (const [, { stream, end, rest, at }] of unfinished())
      tell(folder, { is: 'unfinished', stream, offset: end - rest.length, bytes: rest.toString('base64'), at })
    return NOTHING
  }
  const flushAll = (): Cut => {
    const cuts = [...heads.values()].map(flush)
    return { data: cuts.flatMap(({ data }) => data), runs: cuts.flatMap(({ runs }) => runs) }
  }
  const closeWhenQuiet = async (): Promise<void> => {
    if (queue.length === 0 && writing === null) await closeFiles(folder)
  }

  return {
    folder,
    problem: () => problem,
    position: (name) => heads.get(name)?.end ?? 0,
    write: (name, offset, bytes, at) =>
      enqueue(() => {
        const head = headOf(name)
        const from = offset ?? head.end
        const fresh = bytes.subarray(Math.max(0, head.end - from))
        if (fresh.length === 0) return NOTHING
        if (folder.ended) tell(folder, { is: 'goes-on' })
        const missing = from - head.end
        if (missing <= 0) return cutLines(head, fresh, at)
        const before = flush(head)
        tell(folder, {
          is: 'gap',
          words: `${name}: ${missing.toLocaleString('en')} bytes from byte ${head.end.toLocaleString('en')} on are missing.`,
        })
        Object.assign(head, { end: from, continues: false })
        const after = cutLines(head, fresh, at)
        return { data: [...before.data, ...after.data], runs: [...before.runs, ...after.runs] }
      }),
    tellGap: (words) =>
      enqueue(() => {
        if (!folder.gaps.includes(words)) tell(folder, { is: 'gap', words })
        return NOTHING
      }),
    end: async () => {
      await enqueue(flushAll)
      await enqueue(() => {
        if (!folder.ended) tell(folder, { is: 'ended' })
        return NOTHING
      })
      await closeWhenQuiet()
    },
    unfinished: () => unfinished().map(([stream, { end, rest, at }]) => ({ stream, offset: end - rest.length, bytes: rest, at })),
    view: (names) => {
      const key = names === null ? '' : JSON.stringify([...names].sort())
      const known = views.get(key)
      const view = known && known.blocks === folder.blocks ? known : newView(folder, names && new Set(names))
      views.delete(key)
      views.set(key, view)
      if (views.size > VIEWS_KEPT) views.delete(views.keys().next().value as string)
      return view
    },
    changed: (signal) =>
      new Promise((resolve) => {
        const done = () => {
          signal.removeEventListener('abort', done)
          listeners.delete(done)
          resolve()
        }
        if (signal.aborted) return resolve()
        listeners.add(done)
        signal.addEventListener('abort', done)
      }),
    isClosed: () => closed,
    close: async (discard = false) => {
      closing = true
      hurry()
      if (!discard && unfinished().length > 0) await enqueue(keepUnfinished).catch(() => {})
      closed = true
      await writing
      await closeFiles(folder)
      wake()
    },
  }
}

/** The whole lines of what a stream holds with `fresh`, in runs; the rest waits. */
function cutLines(head: Head, fresh: Uint8Array, at: number): Cut {
  const begin = head.end - head.rest.length
  const bytes =
    head.rest.length > 0 ? Buffer.concat([head.rest, fresh]) : Buffer.from(fresh.buffer, fresh.byteOffset, fresh.byteLength)
  const ends = lineEnds(bytes)
  const cut: Cut = { data: [], runs: [] }
  let [from, first] = [0, 0]
  let pieces = false
  ends.forEach((end, i) => {
    const open = bytes[end - 1] !== NEWLINE
    pieces ||= open
    const last = i === ends.length - 1
    if (!last && (ends[i + 1] as number) - from <= RUN_MAX_BYTES) return
    const { stream, continues } = head
    const data = bytes.subarray(from, end)
    cut.data.push(data)
    cut.runs.push({
      at,
      stream,
      offset: begin + from,
      bytes: data.length,
      lines: i + 1 - first,
      continues,
      open,
      pieces,
      escapes: data.includes(ESCAPE),
    })
    head.continues = open
    pieces = false
    ;[from, first] = [end, i + 1]
  })
  head.rest = Buffer.from(bytes.subarray(from)) // a copy: the memory is the caller's
  head.end += fresh.length
  head.at = at
  return cut
}

/** What is unfinished as a line. */
function flush(head: Head): Cut {
  const { rest, end, stream, continues, at } = head
  if (rest.length === 0) return NOTHING
  Object.assign(head, { rest: Buffer.alloc(0), continues: true })
  const run = {
    at,
    stream,
    offset: end - rest.length,
    bytes: rest.length,
    lines: 1,
    continues,
    open: true,
    pieces: true,
    escapes: rest.includes(ESCAPE),
  }
  return { data: [rest], runs: [run] }
}
