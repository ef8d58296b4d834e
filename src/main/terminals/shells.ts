import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { StyxError } from '../../shared/error.ts'
import type { Terminal } from '../../shared/terminal.ts'
import { capture } from '../transports/capture.ts'
import type { Exit, Transport } from '../transports/transport.ts'
import { terminalEnvironment } from './environment.ts'
import type { Attached } from './lasting.ts'
import type { TerminalsOptions, Where } from './terminals.ts'
import { tmuxShell } from './tmux.ts'

export type Argv = [string, ...string[]]
/** What resources/node/terminal.sh does: start a shell, find it again, end it. */
export type KeeperVerb = 'open' | 'again' | 'end'

/** A link that came back may go at once. */
const PAUSE_MS = 1_000
const END_MS = 5_000

/** How shells of terminals are started and found again. */
export function createShells({ transport, nodes }: Pick<TerminalsOptions, 'transport' | 'nodes'>) {
  /** In the node's own tmux; null where there is none, or (`again`) where the shell is gone. */
  async function kept(terminal: Terminal, where: Where, verb: 'open' | 'again', signal: AbortSignal): Promise<Attached | null> {
    const { clusterId, nodeId, id, size } = terminal
    if (!nodes || where.endpoint.via !== 'ssh' || clusterId === null || nodeId === null) return null
    const argv = await nodes.keeper(verb, { id, clusterId, nodeId, size })
    const client = await transport(where.endpoint).exec(argv, {
      env: { ...terminalEnvironment(process.env), ...where.env },
      signal,
    })
    const word = await firstLine(client.stdout)
    if (word !== 'new' && word !== 'same') {
      client.stdout.resume()
      const exit = await client.exit
      if (word === '' && exit.code === null) throw lost()
      return null
    }
    const shell = tmuxShell(client, id, size, word === 'same')
    return { process: shell, same: word === 'same', kept: true, isLost: () => !shell.shellEnded() }
  }

  async function plain(terminal: Terminal, { endpoint, cwd, env }: Where, signal: AbortSignal): Promise<Attached> {
    const to = transport(endpoint)
    const argv = await to.shell(signal)
    const shell = await to.exec(argv, { pty: terminal.size, cwd, env: { ...terminalEnvironment(process.env), ...env }, signal })
    // The system's ssh says 255 for a lost connection.
    const isLost = ({ code, signal: killedBy }: Exit) =>
      nodes !== undefined &&
      endpoint.via === 'ssh' &&
      killedBy === null &&
      (code === null || (code === 255 && endpoint.system !== undefined))
    return { process: shell, same: false, kept: false, isLost }
  }

  const start = async (terminal: Terminal, where: Where, signal: AbortSignal): Promise<Attached> =>
    (await kept(terminal, where, 'open', signal)) ?? (await plain(terminal, where, signal))

  return {
    /** A new shell. @throws StyxError when none can be started there */
    start,
    /** The shell of a terminal whose connection was lost, or a new one, as soon as the node answers. @throws when that can never be */
    again: async (terminal: Terminal, signal: AbortSignal): Promise<Attached> => {
      if (!nodes) throw lost()
      for (;;) {
        signal.throwIfAborted()
        const where = nodes.where(terminal)
        await answers(transport(where.endpoint), signal)
        try {
          return (terminal.kept && (await kept(terminal, where, 'again', signal))) || (await start(terminal, where, signal))
        } catch (error) {
          const mayPass = error instanceof StyxError && (error.data.retryable || error.data.code.startsWith('ssh.'))
          if (signal.aborted || !mayPass) throw error
          await sleep(PAUSE_MS, undefined, { signal })
        }
      }
    },
    /** Ends a shell that its node keeps. Where the node does not answer it stays until its folder is removed. */
    endKept: async (terminal: Terminal): Promise<void> => {
      const { id, clusterId, nodeId, size } = terminal
      if (!nodes || clusterId === null || nodeId === null) return
      try {
        const argv = await nodes.keeper('end', { id, clusterId, nodeId, size })
        await capture(transport(nodes.where(terminal).endpoint), argv, {
          timeout_ms: END_MS,
          signal: AbortSignal.timeout(END_MS),
        })
      } catch {
        // the node is gone or out of reach
      }
    },
  }
}

/** Until a node's link is open. */
function answers(to: Transport, signal: AbortSignal): Promise<void> {
  const stop = new AbortController()
  return new Promise<void>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: stop.signal })
    to.watch((link) => {
      if (link.is === 'open') resolve()
    }, stop.signal)
  }).finally(() => stop.abort())
}

/** The first line of a stream, '' where it ends before; the stream is paused behind it. */
function firstLine(stream: Readable): Promise<string> {
  return new Promise((resolve) => {
    let seen: Buffer = Buffer.alloc(0)
    const done = (line: string) => {
      stream.off('data', onData).off('end', onEnd).off('close', onEnd)
      resolve(line)
    }
    const onEnd = () => done('')
    const onData = (bytes: Buffer) => {
      seen = Buffer.concat([seen, bytes])
      const end = seen.indexOf(0x0a)
      if (end === -1) return
      stream.pause()
      const rest = seen.subarray(end + 1)
      if (rest.length > 0) stream.unshift(rest)
      done(seen.subarray(0, end).toString())
    }
    stream.on('data', onData).once('end', onEnd).once('close', onEnd)
  })
}

const lost = () =>
  new StyxError({
    code: 'ssh.lost',
    what: 'The connection to the shell was lost',
    suggestion: 'It is tried again.',
    retryable: true,
  })
