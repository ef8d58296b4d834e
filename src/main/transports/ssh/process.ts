import { Readable } from 'node:stream'
import type { SshHost } from '../../../shared/node.ts'
import type { Process } from '../transport.ts'
import type { Carried } from './channel.ts'
import { endGroupScript, findMark, loginShellCommand, type Mark, parseStarted, type Started } from './command.ts'
import { noShell, tooSlow } from './errors.ts'

/** A login shell whose start files take longer is broken. */
const START_S = 30
/** After its end, what the program left behind may hold its channel no longer than this. */
const LINGER_MS = 1_000

export type Start = {
  host: SshHost
  carried: Carried
  /** For a signal to what runs, which must not wait behind it. */
  runAtOnce(command: string): Promise<void>
  mark: Mark
  pty: boolean
  signals: AbortSignal[]
}

/**
 * The program behind what runs a command, once it has said that it begins.
 * @returns what kept it from beginning, in its place
 * @throws StyxError `ssh.no-shell` | `ssh.timeout`, or the reason of a signal
 */
export async function processOn(start: Start): Promise<Process | Exclude<Started, { is: 'ok' }>> {
  const { host, carried, runAtOnce, mark, pty, signals } = start
  const stderr = pty ? null : reader(carried.stderr, findMark(mark))
  const stdout = reader(carried.stdout, findMark(mark))
  stderr?.begun.catch(() => {}) // stdout says what there is to say

  const begun = stdout.begun.then((line) => parseStarted(line))
  const first = await firstOf(begun, signals, START_S * 1000).catch(async (error: unknown) => {
    const aborted = signals.find((signal) => signal.aborted)
    // It may begin yet.
    begun
      .then((started) => (started?.is === 'ok' ? endGroup(start, started.group, ['TERM']) : undefined))
      .catch(() => {})
      .finally(() => carried.close())
    if (aborted) throw aborted.reason
    if (error === LATE) throw tooSlow(host, 'The start of the login shell', START_S)
    if (error !== ENDED) throw error
    const said = [stdout.noise(), stderr?.noise()].filter(Boolean).join('\n')
    throw carried.whyEnded(await carried.exit, said) ?? noShell(host, said)
  })
  if (first === null) {
    carried.close()
    throw noShell(host, stdout.noise())
  }
  if (first.is !== 'ok') {
    carried.close()
    return first
  }
  const { group } = first

  let ending: Promise<void> | null = null
  const end = () => {
    // HUP first in a terminal: an interactive shell ignores TERM, and passes HUP on to its jobs.
    ending ??= endGroup(start, group, pty ? ['HUP', 'TERM'] : ['TERM']).then(async () => {
      await Promise.race([carried.closed, new Promise((resolve) => setTimeout(resolve, LINGER_MS).unref())])
      carried.close()
    })
  }
  for (const signal of signals) signal.addEventListener('abort', end, { once: true })
  if (signals.some((signal) => signal.aborted)) end()
  carried.closed.then(() => {
    for (const signal of signals) signal.removeEventListener('abort', end)
  })

  return {
    stdin: carried.stdin,
    stdout: stdout.stream,
    stderr: stderr?.stream ?? Readable.from([]),
    exit: carried.exit.then(async (exit) => {
      await ending
      return exit
    }),
    resize: ({ cols, rows }) => {
      if (pty) carried.resize({ cols, rows })
    },
    kill: (name) => void runAtOnce(loginShellCommand(`kill -${name} -${group}`)).catch(() => {}),
  }
}

/** Neither ssh nor every sshd passes signals on: the node is asked to send them itself. A connection that is lost leaves nothing to do. */
const endGroup = ({ runAtOnce }: Start, group: number, signals: readonly string[]): Promise<void> =>
  runAtOnce(loginShellCommand(endGroupScript(group, signals))).catch(() => {})

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
