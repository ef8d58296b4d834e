import { extname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { StyxError } from '../../shared/error.ts'
import type { LogQuery, LogSearch } from '../../shared/log.ts'
import type { Log } from './log.ts'
import { linesBefore, shows } from './log-view.ts'
import { patternOf } from './pattern.ts'
import type { SearchWork } from './search-lines.ts'

/** Searches logs in threads. */
export type Searcher = {
  /** @throws StyxError `log.pattern-invalid` | `log.search-too-slow` | `log.search-failed` */
  search(log: Log, streams: readonly string[] | null, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogSearch>
  close(): Promise<void>
}

/** A thread that says nothing for so long sits in one line: its pattern takes for ever there. */
const STUCK_MS = 3000
/** The last thread waits so long for the next search: another comes with every letter that is typed. */
const SPARE_MS = 30_000
/** Beside this file: its source, or what it was bundled to. */
const WORKER = join(import.meta.dirname, `search-worker${extname(import.meta.filename)}`)

export function createSearcher(): Searcher {
  const busy = new Set<Worker>()
  let spare: Worker | null = null
  let timer: NodeJS.Timeout | undefined

  const dropSpare = async (): Promise<void> => {
    clearTimeout(timer)
    const worker = spare
    spare = null
    await worker?.terminate()
  }
  const take = (): Worker => {
    clearTimeout(timer)
    const worker = spare ?? new Worker(WORKER)
    spare = null
    worker.ref()
    worker.removeAllListeners()
    busy.add(worker)
    return worker
  }
  const giveBack = (worker: Worker, isWell: boolean): void => {
    busy.delete(worker)
    worker.removeAllListeners()
    worker.on('error', () => {}) // whatever a thread says that nobody needs any more
    if (!isWell || spare) {
      void worker.terminate()
      return
    }
    worker.unref()
    spare = worker
    timer = setTimeout(dropSpare, SPARE_MS).unref()
  }

  return {
    search: async function* (log, streams, query, signal) {
      requirePattern(query)
      const work = workFor(log, streams, query)
      const worker = take()
      let done = false
      try {
        for await (const found of answers(worker, work, signal)) {
          done = found.done
          yield found
          if (done) return
        }
      } finally {
        giveBack(worker, done)
      }
    },
    close: async () => {
      await Promise.all([dropSpare(), ...[...busy].map((worker) => worker.terminate())])
    },
  }
}

function workFor(log: Log, streams: readonly string[] | null, query: LogQuery): SearchWork {
  const { folder } = log
  const view = log.view(streams)
  const shown = shows(view, folder)
  return {
    folder: folder.path,
    segments: folder.segments.map((segment) => ({
      number: segment.number,
      records: segment.records,
      bytes: segment.bytes,
      firstLine: linesBefore(view, folder, segment),
    })),
    streams: streams === null ? null : folder.streams.flatMap((_, i) => (shown(i) ? [i] : [])),
    query,
  }
}

/** What a thread answers, until the signal aborts. */
async function* answers(worker: Worker, work: SearchWork, signal: AbortSignal): AsyncGenerator<LogSearch> {
  const inbox: LogSearch[] = []
  let failure: Error | null = null
  let wake = () => {}
  const fail = (error: Error) => {
    failure ??= error
    wake()
  }
  const aborted = () => wake()
  worker.on('message', (found: LogSearch) => {
    inbox.push(found)
    wake()
  })
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('its thread ended')))
  signal.addEventListener('abort', aborted)
  try {
    worker.postMessage(work)
    while (!signal.aborted) {
      const found = inbox.shift()
      if (found) {
        yield found
        continue
      }
      if (failure) throw failed(failure)
      const inTime = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(false), STUCK_MS)
        wake = () => {
          clearTimeout(timer)
          resolve(true)
        }
      })
      if (!inTime) throw tooSlow(work.query.text)
    }
  } finally {
    signal.removeEventListener('abort', aborted)
  }
}

/** @throws StyxError `log.pattern-invalid` */
function requirePattern(query: LogQuery): void {
  try {
    patternOf(query)
  } catch (cause) {
    throw new StyxError(
      {
        code: 'log.pattern-invalid',
        what: 'This is no regular expression',
        where: query.text,
        why: (cause as Error).message.replace(/^Invalid regular expression: (\/.*\/\w*: )?/s, ''),
        suggestion: 'Mend it, or turn regular expressions off to search for the text as it stands.',
      },
      { cause },
    )
  }
}

const tooSlow = (pattern: string) =>
  new StyxError({
    code: 'log.search-too-slow',
    what: 'This expression takes too long',
    where: pattern,
    why: `It was still busy with one line after ${STUCK_MS / 1000} s: repeats within repeats, like (a+)+, try every way to split the line.`,
    suggestion: 'Write it with one repeat instead of nested ones, or search for plain text.',
  })

const failed = (cause: Error) =>
  new StyxError(
    { code: 'log.search-failed', what: 'The search broke off', why: cause.message, suggestion: 'Search again.', retryable: true },
    { cause },
  )
