import { Readable, Writable } from 'node:stream'
import type { ClientChannel } from 'ssh2'
import type { SshHost } from '../../../shared/node.ts'
import type { Exit, Process } from '../transport.ts'
import { endGroupScript, findMark, loginShellCommand, type Mark, parseStarted, type Started } from './command.ts'
import type { Connection } from './connection.ts'
import { noShell, tooSlow } from './errors.ts'

/** A login shell whose start files take longer is broken. */
const START_S = 30
/** After its end, what the program left behind may hold its channel no longer than this. */
const LINGER_MS = 1_000

export type Start = {
  host: SshHost
  connection: Connection
  channel: ClientChannel
  mark: Mark
  pty: boolean
  signals: AbortSignal[]
}

/**
 * The program behind a channel, once it has said that it begins.
 * @returns what kept it from beginning, in its place
 * @throws StyxError `ssh.no-shell` | `ssh.timeout`, or the reason of a signal
 */
export async function processOn(start: Start): Promise<Process | Exclude<Started, { is: 'ok' }>> {
  const { host, connection, channel, mark, pty, signals } = start
  channel.on('error', () => {}) // a lost connection shows in the exit
  channel.stderr.on('error', () => {})
  const exited = new Promise<Exit>((resolve) => {
    channel.once('exit', (code: number | null, killedBy?: string) => resolve({ code, signal: signalName(killedBy) }))
    channel.once('close', () => resolve({ code: null, signal: null }))
  })
  const closed = new Promise<void>((resolve) => channel.once('close', () => resolve()))
  const stderr = pty ? null : reader(channel.stderr, findMark(mark))
  const stdout = reader(channel, findMark(mark))
  stderr?.begun.catch(() => {}) // stdout says what there is to say

  const begun = stdout.begun.then((line) => parseStarted(line))
  const first = await firstOf(begun, signals, START_S * 1000).catch((error: unknown) => {
    const aborted = signals.find((signal) => signal.aborted)
    // It may begin yet.
    begun
      .then((started) => (started?.is === 'ok' ? endGroup(start, started.group, ['TERM']) : undefined))
      .catch(() => {})
      .finally(() => channel.close())
    if (aborted) throw aborted.reason
    if (error === LATE) throw tooSlow(host, 'The start of the login shell', START_S)
    throw error === ENDED ? noShell(host, [stdout.noise(), stderr?.noise()].filter(Boolean).join('\n')) : error
  })
  if (first === null) {
    channel.close()
    throw noShell(host, stdout.noise())
  }
  if (first.is !== 'ok') {
    channel.close()
    return first
  }
  const { group } = first

  let ending: Promise<void> | null = null
  const end = () => {
    // HUP first in a terminal: an interactive shell ignores TERM, and passes HUP on to its jobs.
    ending ??= endGroup(start, group, pty ? ['HUP', 'TERM'] : ['TERM']).then(async () => {
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, LINGER_MS).unref())])
      channel.close()
    })
  }
  for (const signal of signals) signal.addEventListener('abort', end, { once: true })
  if (signals.some((signal) => signal.aborted)) end()
  closed.then(() => {
    for (const signal of signals) signal.removeEventListener('abort', end)
  })

  return {
    stdin: writer(channel),
    stdout: stdout.stream,
    stderr: stderr?.stream ?? Readable.from([]),
    exit: exited.then(async (exit) => {
      await ending
      return exit
    }),
    resize: ({ cols, rows }) => {
      if (pty) channel.setWindow(rows, cols, 0, 0)
    },
    kill: (name) => void connection.runAtOnce(loginShellCommand(`kill -${name} -${group}`)).catch(() => {}),
  }
}

/** Neither ssh nor every sshd passes signals on: the node is asked to send them itself. A connection that is lost leaves nothing to do. */
const endGroup = ({ connection }: Start, group: number, signals: readonly string[]): Promise<void> =>
  connection.runAtOnce(loginShellCommand(endGroupScript(group, signals))).catch(() => {})

const signalName = (name: string | undefined): string | null => name?.replace(/@openssh\.com$/, '') ?? null

const LATE = Symbol('late')
const ENDED = Symbol('ended')

function firstOf<T>(work: Promise<T>, signals: AbortSignal[], ms: number): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      for (const signal of signals) signal.removeEventListener('abort', onAbort)
    }
    const onAbort = () => reject(new Error('aborted'))
    const timer = setTimeout(() => reject(LATE), ms)
    for (const signal of signals) signal.addEventListener('abort', onAbort, { once: true })
    if (signals.some((signal) => signal.aborted)) onAbort()
    work.then(resolve, reject).finally(stop)
  })
}

/** A stream from behind the line of the mark on. What its reader does not take holds the other side back. */
function reader(source: Readable, mark: ReturnType<typeof findMark>) {
  let begin: (line: string) => void
  let fail: (error: unknown) => void
  const begun = new Promise<string>((resolve, reject) => {
    begin = resolve
    fail = reject
  })
  let marked = false
  const stream = new Readable({
    read: () => void source.resume(),
    destroy: (error, done) => {
      source.resume() // and thrown away: unread it would hold back the other streams of the channel
      done(error)
    },
  })
  source.on('data', (chunk: Buffer) => {
    let bytes = chunk
    if (!marked) {
      const found = mark.push(chunk)
      if (!found) return
      marked = true
      begin(found.line)
      bytes = found.rest
    }
    if (bytes.length > 0 && !stream.destroyed && !stream.push(bytes)) source.pause()
  })
  const over = () => {
    if (!marked) fail(ENDED)
    if (!stream.destroyed && !stream.readableEnded) stream.push(null)
  }
  source.once('end', over)
  source.once('close', over)
  return { stream, begun, noise: mark.noise }
}

/** What is written here waits for the other side; after the end of the program it fails as a broken pipe does. */
function writer(channel: ClientChannel): Writable {
  let waiting: ((error?: Error) => void) | null = null
  const broken = () => Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
  let isOver = false
  const stdin = new Writable({
    write: (bytes: Buffer, _encoding, done) => {
      if (isOver) return done(broken())
      waiting = done
      channel.write(bytes, () => {
        if (waiting !== done) return
        waiting = null
        done()
      })
    },
    final: (done) => {
      if (!isOver) channel.end()
      done()
    },
    destroy: (error, done) => {
      if (!isOver) channel.end()
      done(error)
    },
  })
  stdin.on('error', () => {}) // who writes is told by the callback of the write
  channel.once('close', () => {
    isOver = true
    const done = waiting
    waiting = null
    done?.(broken())
  })
  return stdin
}
