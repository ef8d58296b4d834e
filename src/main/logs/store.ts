import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { StyxError } from '../../shared/error.ts'
import { diskProblem } from '../storage/byte-log.ts'
import { createLog, type Log } from './log.ts'
import { openLogFolder } from './log-folder.ts'

/**
 * Where logs are kept: `job:ID`, `operation:ID`. A stream's offsets are those of the file on its node and never change, so that
 * whoever follows it goes on where the store ends, with no byte lost or doubled, after any crash.
 */
export type LogStore = {
  /** Where the next bytes of a stream belong. */
  position(log: string, stream: string): Promise<number>
  /**
   * Keeps bytes of a stream: what is here already is skipped; what lies between the end and `offset` is a gap, and is said.
   * `offset` null: behind what is there. `at`: when they were written, epoch ms. Resolves once they are kept: await it, and a slow or
   * full disk slows its source. Rejects only when the store is closed or the log removed meanwhile.
   */
  write(log: string, stream: string, offset: number | null, bytes: Uint8Array, at: number): Promise<void>
  /** Says what is missing and why, in words for the reader. The same words twice are said once. */
  tellGap(log: string, words: string): Promise<void>
  /** Nothing more comes: an unfinished line becomes a line, followers end. A later write opens it again. */
  end(log: string): Promise<void>
  remove(log: string): Promise<void>
  close(): Promise<void>
}

/** The store as its readers know it. */
export type Logbook = LogStore & {
  /** The log as it is; one that has nothing yet is empty. Give it back by `release`. */
  acquire(log: string): Promise<{ log: Log; release(): void }>
}

export type LogStoreOptions = {
  folder: string
  /** What one log may take on the disk; beyond it the oldest lines go. */
  maxBytes?: number
  /** The disk is full or broken: told once for each log and time. */
  onProblem?: (log: string, error: StyxError) => void
  /** So many are kept open, for whoever asks again; more only while they are in use. */
  maxOpen?: number
}

const MAX_BYTES = 2 * 1024 ** 3
const MAX_OPEN = 256

type Entry = { log: Promise<Log>; users: number }

/** Keeps logs in a folder each. @throws StyxError `log.unknown` for a name that is none | `log.unreadable` */
export function createLogStore({ folder, maxBytes = MAX_BYTES, maxOpen = MAX_OPEN, onProblem }: LogStoreOptions): Logbook {
  const entries = new Map<string, Entry>()
  /** Logs that are being closed or removed: nobody opens them meanwhile, for a folder has one writer. */
  const leaving = new Map<string, Promise<unknown>>()
  let closed = false

  const openLog = async (name: string): Promise<Log> => {
    const path = folderOf(folder, name)
    await leaving.get(name)
    const opened = await openLogFolder(path, maxBytes).catch((error) => {
      throw unreadable(path, error)
    })
    return createLog(opened, (error) => onProblem?.(name, diskProblem(path, error)))
  }

  const leave = async (name: string, work: (log: Log | undefined) => Promise<void>): Promise<void> => {
    const log = entries.get(name)?.log
    entries.delete(name)
    const gone = Promise.allSettled([leaving.get(name), log]).then(async () => work(await log))
    const settled = gone.catch(() => {})
    leaving.set(name, settled)
    await gone.finally(() => {
      if (leaving.get(name) === settled) leaving.delete(name)
    })
  }

  const acquire = async (name: string) => {
    if (closed) throw new StyxError({ code: 'log.closed', what: 'Styx is closing', where: name })
    const entry = entries.get(name) ?? { log: openLog(name), users: 0 }
    entries.delete(name)
    entries.set(name, entry) // the newest last
    entry.users += 1
    let released = false
    const release = () => {
      if (!released) entry.users -= 1
      released = true
      if (entries.size > maxOpen) void forgetOne()
    }
    try {
      return { log: await entry.log, release }
    } catch (error) {
      if (entries.get(name) === entry) entries.delete(name)
      throw error
    }
  }

  /** Closes the log that was used the longest ago and that nobody uses now. */
  const forgetOne = async (): Promise<void> => {
    for (const [name, { users, log }] of entries)
      if (users === 0) return leave(name, async () => (await log).close()).catch(() => {}) // it said so by onProblem
  }

  const use = async <T>(name: string, work: (log: Log) => T | Promise<T>): Promise<T> => {
    const { log, release } = await acquire(name)
    try {
      return await work(log)
    } finally {
      release()
    }
  }

  return {
    acquire,
    position: (name, stream) => use(name, (log) => log.position(stream)),
    write: (name, stream, offset, bytes, at) => use(name, (log) => log.write(stream, offset, bytes, at)),
    tellGap: (name, words) => use(name, (log) => log.tellGap(words)),
    end: (name) => use(name, (log) => log.end()),
    remove: (name) =>
      leave(name, async (log) => {
        const path = folderOf(folder, name)
        await log?.close(true)
        await rm(path, { recursive: true, force: true })
      }),
    close: async () => {
      closed = true
      await Promise.all([...entries.keys()].map((name) => leave(name, async (log) => log?.close()).catch(() => {})))
      await Promise.all(leaving.values())
    },
  }
}

function folderOf(folder: string, name: string): string {
  const [, kind, id] = /^(job|operation):([\w-]{1,100})$/.exec(name) ?? []
  if (kind && id) return join(folder, kind, id)
  throw new StyxError({ code: 'log.unknown', what: 'There is no such log', where: name, suggestion: 'Reload the page.' })
}

const unreadable = (path: string, cause: unknown) =>
  new StyxError(
    {
      code: 'log.unreadable',
      what: 'This log cannot be read',
      where: path,
      why: cause instanceof Error ? cause.message : String(cause),
      suggestion: 'Check that the folder belongs to you and that its disk is there.',
    },
    { cause },
  )
