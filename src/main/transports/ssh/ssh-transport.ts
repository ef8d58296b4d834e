import { randomBytes } from 'node:crypto'
import type { SshEndpoint } from '../../../shared/node.ts'
import { StyxError } from '../../../shared/error.ts'
import type { Asks } from '../../asks.ts'
import type { Secrets } from '../../storage/secrets.ts'
import { capture } from '../capture.ts'
import type { Process, Transport } from '../transport.ts'
import { loginShellCommand, startScript } from './command.ts'
import { connect, dialDirectly } from './connect.ts'
import { type Connection, createConnection } from './connection.ts'
import { notStarted } from './errors.ts'
import { createLogin, type Unlocked } from './login.ts'
import { processOn } from './process.ts'

const ANSWER_MS = 15_000

export type SshOptions = {
  asks: Asks
  secrets: Promise<Secrets>
  /** The files in which hosts are looked up, the user's own first: keys that are trusted are added to it. */
  knownHosts: readonly string[]
}

/** All connections over ssh: a host has one, also as the jump host of others. */
export type Ssh = {
  transport(endpoint: SshEndpoint): Transport
  /** For all that do not wait for the user. */
  wake(): void
  close(): void
}

export function createSsh(options: SshOptions): Ssh {
  const connections = new Map<string, Connection>()
  const unlocked: Unlocked = new Map()

  function connectionTo(endpoint: SshEndpoint): Connection {
    const key = JSON.stringify(endpoint)
    const known = connections.get(key)
    if (known) return known
    const { via: _, jump, ...host } = endpoint
    const before = jump.at(-1)
    const login = createLogin(host, { ...options, unlocked })
    const dial = (signal: AbortSignal) =>
      before
        ? connectionTo({ via: 'ssh', ...before, jump: jump.slice(0, -1) }).dial(host.host, host.port, signal)
        : dialDirectly(host, signal)
    const connection = createConnection(host, (signal) => connect({ host, dial, login, ...options }, signal))
    connections.set(key, connection)
    return connection
  }

  return {
    transport: (endpoint) => {
      const connection = connectionTo(endpoint)
      return { ...openOn(endpoint, connection), watch: connection.watch, wake: () => connection.wake(true) }
    },
    wake: () => {
      for (const connection of connections.values()) connection.wake(false)
    },
    close: () => {
      for (const connection of connections.values()) connection.close()
      connections.clear()
    },
  }
}

/** Programs on the machine of an endpoint, over its one connection. */
function openOn(host: SshEndpoint, connection: Connection): Pick<Transport, 'exec' | 'shell' | 'close'> {
  const closing = new AbortController()
  const running = new Set<Process>()

  const exec: Transport['exec'] = async (argv, { env, cwd, pty, signal }) => {
    signal.throwIfAborted()
    closing.signal.throwIfAborted()
    const mark = `styx-${randomBytes(9).toString('hex')}`
    const command = loginShellCommand(startScript(mark, argv, { env, cwd, pty }))
    const terminal = pty ? { term: env?.TERM ?? 'xterm-256color', cols: pty.cols, rows: pty.rows, width: 0, height: 0 } : null
    const channel = await connection.exec(command, terminal, signal)
    const child = await processOn({ host, connection, channel, mark, pty: pty !== undefined, signals: [signal, closing.signal] })
    if ('is' in child) throw notStarted(argv[0], child.is === 'no-folder' ? { is: child.is, folder: cwd ?? '' } : child)
    running.add(child)
    child.exit.then(() => running.delete(child))
    return child
  }

  return {
    exec,
    shell: async (signal) => {
      const said = await capture({ exec }, ['sh', '-c', 'printf %s "$SHELL"'], { timeout_ms: ANSWER_MS, signal })
      const shell = said.stdout
      return shell.startsWith('/') && !/\/(nologin|false)$/.test(shell) ? [shell, '-l'] : ['/bin/sh', '-l']
    },
    close: async () => {
      closing.abort(new StyxError({ code: 'ssh.closed', what: 'The connection is closed', suggestion: 'Start Styx again.' }))
      await Promise.all([...running].map((child) => child.exit))
    },
  }
}
