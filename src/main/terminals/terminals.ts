import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { errorDataOf, StyxError } from '../../shared/error.ts'
import type { Endpoint } from '../../shared/node.ts'
import type { Terminal, TerminalKey, TerminalSize } from '../../shared/terminal.ts'
import type { ByteReader } from '../byte-stream.ts'
import { type ByteLog, openByteLog } from '../storage/byte-log.ts'
import type { Exit, Transport } from '../transports/transport.ts'
import { AFRESH, leaveAlternateScreen, noteLine } from './afresh.ts'
import { type Attached, lastingProcess } from './lasting.ts'
import { createReplay, type Replay } from './replay.ts'
import { type Shell, startShell } from './shell.ts'
import { type Argv, createShells, type KeeperVerb } from './shells.ts'

/** Where terminals are kept: a row each. */
export type TerminalRecords = { list(): Terminal[]; save(terminal: Terminal): void; remove(id: string): void }

export type Where = {
  endpoint: Endpoint
  cwd?: string
  env?: Record<string, string>
  /** A line that stands above a new shell: plain text. */
  note?: string
}
export type OpenOn = Pick<Terminal, 'placeId' | 'clusterId' | 'nodeId' | 'title'> & Where

export type Terminals = {
  /** @throws StyxError when no shell can be started there. */
  open(on: OpenOn, size: TerminalSize): Promise<Terminal>
  /** A new shell in a terminal whose shell has ended, below its old text. @throws as `open` does, and `terminal.lives` */
  reopen(id: string, on: Where): Promise<Terminal>
  /** @throws StyxError `terminal.unknown` */
  read(id: string): Terminal
  resize(id: string, size: TerminalSize): void
  /** Types into several shells at once; those that have ended get nothing. */
  type(ids: readonly string[], keys: readonly TerminalKey[]): void
  rename(id: string, title: string): void
  /** Ends the shell if it lives, and deletes its text. */
  close(id: string): Promise<void>
  /** Ends all shells of a cluster, or those on some of its nodes; their text stays. */
  endAll(on: { clusterId: string; nodeIds: readonly string[] | null }, why: string): Promise<void>
  /** @throws StyxError `terminal.unknown` */
  reader(id: string, offset: number | null): Promise<ByteReader>
  /** Ends all shells but those that their nodes keep, which the next engine finds again; their text stays. */
  closeAll(): Promise<void>
}

export type TerminalsOptions = {
  /** A folder in it for each terminal. */
  folder: string
  records: TerminalRecords
  transport(endpoint: Endpoint): Transport
  /** For shells on other machines: without it they are as lost as their connection. */
  nodes?: Nodes
  /** Output of a terminal is not kept, because the disk is full or broken. Told once for each terminal. */
  onProblem?: (terminal: Terminal, error: StyxError) => void
}

export type Nodes = {
  /**
   * Where a terminal's node is now.
   * @throws StyxError when no shell can be had there
   */
  where(terminal: Terminal): Where
  /** resources/node/terminal.sh for a terminal on a node of a cluster. */
  keeper(verb: KeeperVerb, on: { id: string; clusterId: string; nodeId: string; size: TerminalSize }): Promise<Argv>
}

type Live = {
  terminal: Terminal
  shell: Shell
  log: ByteLog
  hangUp: AbortController
  why: string | null
  /** This engine ends, and the node keeps the shell. */
  leaves: boolean
  over: Promise<void>
}

/** So much of a terminal's output is kept. */
const KEPT_BYTES = 8 * 1024 * 1024

/** In pieces, so that nothing else waits long. */
const SCAN_BYTES = 256 * 1024

/** The shells of this engine, and the text of those of earlier ones. */
export function createTerminals({ folder, records, transport, nodes, onProblem }: TerminalsOptions): Terminals {
  const live = new Map<string, Live>()
  const opening = new Set<string>()
  const shells = createShells({ transport, nodes })
  const folderOf = (id: string) => join(folder, id)
  const openLog = (terminal: Terminal) =>
    openByteLog({ folder: folderOf(terminal.id), maxBytes: KEPT_BYTES, onProblem: (error) => onProblem?.(terminal, error) })

  const before = records.list()
  // A crash came between the end of a record and that of its text.
  const forgotten = namesIn(folder).filter((name) => !before.some(({ id }) => id === name))
  for (const name of forgotten) void rm(folderOf(name), { recursive: true, force: true }).catch(() => {})
  const known = (id: string): Terminal => {
    const terminal = live.get(id)?.terminal ?? records.list().find((one) => one.id === id)
    if (!terminal) throw unknown(id)
    return terminal
  }

  const end = async (one: Live, why: string | null): Promise<void> => {
    one.why ??= why
    if (one.terminal.kept) await shells.endKept(one.terminal)
    one.hangUp.abort()
    await one.over
  }

  /** Runs what `first` is in a terminal, behind the text that is there already; null: the shell that another engine left behind. */
  const follow = async (terminal: Terminal, hangUp: AbortController, first: Attached | null, note = ''): Promise<Terminal> => {
    const { id, size } = terminal
    const log = await openLog(terminal)
    const replay = await scanKept(log, log.end())
    const above = (first && log.end() > 0 ? leaveAlternateScreen(replay) + AFRESH : '') + (note && noteLine(note))
    if (above) {
      const bytes = Buffer.from(above)
      replay.scan(bytes)
      log.append(bytes)
    }
    const change = (to: Partial<Terminal>) => {
      one.terminal = { ...one.terminal, ...to }
      records.save(one.terminal)
    }
    const process = lastingProcess({
      first,
      since: terminal.lostAt ?? Date.now(),
      size,
      signal: hangUp.signal,
      again: (now) => shells.again({ ...one.terminal, size: now }, hangUp.signal),
      leave: () => leaveAlternateScreen(replay),
      onLost: (lostAt) => change({ lostAt }),
      onBack: ({ kept }) => change({ lostAt: null, kept }),
      onGivenUp: (error) => {
        one.why ??= errorDataOf(error).what
      },
    })
    const answered = () => one.terminal.kept
    const shell = startShell(process, log, replay, { size, answered })
    const one: Live = { terminal, shell, log, hangUp, why: null, leaves: false, over: Promise.resolve() }
    records.save(terminal)
    live.set(id, one)
    one.over = shell.ended.then(async (exit) => {
      await log.close()
      live.delete(id)
      if (one.leaves) return records.save({ ...one.terminal, lostAt: one.terminal.lostAt ?? Date.now() })
      const why = one.why ?? (one.terminal.kept ? 'The shell ended' : whyOf(exit))
      records.save({ ...one.terminal, lostAt: null, kept: false, ended: { at: Date.now(), why, exitCode: exit.code } })
    })
    return one.terminal
  }

  /** Starts the shell of a terminal. */
  const begin = async (terminal: Terminal, where: Where): Promise<Terminal> => {
    opening.add(terminal.id)
    const hangUp = new AbortController()
    try {
      const first = await shells.start(terminal, where, hangUp.signal)
      return await follow({ ...terminal, kept: first.kept }, hangUp, first, where.note)
    } catch (error) {
      hangUp.abort()
      throw error
    } finally {
      opening.delete(terminal.id)
    }
  }

  const found: Promise<Terminal>[] = []
  for (const terminal of before) {
    if (terminal.ended !== null) continue
    const at = Date.now()
    const why = 'Styx was restarted; the shell ended with it'
    if (terminal.kept && nodes) found.push(follow({ ...terminal, lostAt: terminal.lostAt ?? at }, new AbortController(), null))
    else records.save({ ...terminal, lostAt: null, kept: false, ended: { at, why, exitCode: null } })
  }
  const ready = Promise.allSettled(found)

  return {
    open: (on, size) => {
      const { placeId, clusterId, nodeId } = on
      const title = unusedTitle(on.title, records.list())
      return begin(
        {
          id: randomUUID(),
          placeId,
          clusterId,
          nodeId,
          title,
          size,
          createdAt: Date.now(),
          kept: false,
          lostAt: null,
          ended: null,
        },
        on,
      )
    },
    reopen: async (id, on) => {
      const terminal = known(id)
      if (!terminal.ended || opening.has(id)) throw lives(terminal)
      return begin({ ...terminal, ended: null }, on)
    },
    read: known,
    resize: (id, size) => {
      const one = live.get(id)
      if (!one) {
        known(id)
        return // a dead shell has no size to change
      }
      if (one.terminal.size.cols === size.cols && one.terminal.size.rows === size.rows) return
      one.shell.resize(size)
      one.terminal = { ...one.terminal, size }
      records.save(one.terminal)
    },
    type: (ids, keys) => {
      for (const id of ids) live.get(id)?.shell.type(keys)
    },
    rename: (id, title) => {
      const renamed = { ...known(id), title }
      const one = live.get(id)
      if (one) one.terminal = renamed
      records.save(renamed)
    },
    close: async (id) => {
      await ready
      known(id)
      const one = live.get(id)
      if (one) await end(one, null)
      records.remove(id)
      await rm(folderOf(id), { recursive: true, force: true })
    },
    endAll: async ({ clusterId, nodeIds }, why) => {
      await ready
      const theirs = [...live.values()].filter(
        ({ terminal }) => terminal.clusterId === clusterId && (nodeIds === null || nodeIds.includes(terminal.nodeId ?? '')),
      )
      await Promise.all(theirs.map((one) => end(one, why)))
    },
    reader: async (id, offset) => {
      await ready
      const one = live.get(id)
      return one ? one.shell.reader(offset) : readEnded(await openLog(known(id)), offset)
    },
    closeAll: async () => {
      await ready
      const leave = async (one: Live) => {
        one.leaves = true
        one.hangUp.abort()
        await one.over
      }
      const why = 'Styx was closed; the shell ended with it'
      await Promise.all([...live.values()].map((one) => (one.terminal.kept ? leave(one) : end(one, why))))
    },
  }
}

/** "head", then "head 2", so that tabs can be told apart. */
function unusedTitle(title: string, taken: Terminal[]): string {
  const titles = new Set(taken.map((terminal) => terminal.title))
  if (!titles.has(title)) return title
  let number = 2
  while (titles.has(`${title} ${number}`)) number++
  return `${title} ${number}`
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // not there yet
  }
}

async function readEnded(log: ByteLog, offset: number | null): Promise<ByteReader> {
  await log.close()
  if (offset !== null && offset >= log.start() && offset <= log.end()) return log.reader(offset)
  const { offset: from, preamble } = (await scanKept(log, log.end())).begin(log.start())
  return { ...log.reader(from), preamble }
}

/** What a replay must know of the text that is kept, up to `end`. */
async function scanKept(log: ByteLog, end: number): Promise<Replay> {
  const replay = createReplay(log.start())
  const reader = log.reader(log.start())
  const { signal } = new AbortController()
  for (let at = reader.offset; at < end; ) {
    const chunk = await reader.next(SCAN_BYTES, signal)
    if (!chunk) break
    replay.scan(chunk.bytes)
    at = chunk.offset + chunk.bytes.length
  }
  reader.close()
  return replay
}

function whyOf({ code, signal }: Exit): string {
  if (signal) return `The shell was ended by ${signal}`
  if (code === null) return 'The connection to the shell was lost'
  return code === 0 ? 'The shell ended' : `The shell ended with exit code ${code}`
}

const unknown = (id: string) =>
  new StyxError({
    code: 'terminal.unknown',
    what: 'There is no such terminal',
    where: id,
    why: 'It was closed, perhaps in another window.',
    suggestion: 'Open a new one.',
  })

const lives = (terminal: Terminal) =>
  new StyxError({
    code: 'terminal.lives',
    what: 'The terminal has a shell',
    where: terminal.title,
    why: 'A new one is started only after the old one ended.',
    suggestion: 'Use the one that is there, or open another terminal.',
  })
