import { StyxError } from '../../../shared/error.ts'
import type { SshEndpoint } from '../../../shared/node.ts'
import type { Asks } from '../../asks.ts'
import type { Secrets } from '../../storage/secrets.ts'
import { listenHere, type Way } from '../forward.ts'
import type { Link, Transport } from '../transport.ts'
import { connect, dialDirectly } from './connect.ts'
import { type Connection, createConnection } from './connection.ts'
import { createLogin, type Unlocked } from './login.ts'
import { programsOver } from './programs.ts'
import { openSystemSsh } from './system-ssh.ts'

export type SshOptions = {
  asks: Asks
  secrets: Promise<Secrets>
  /** The files in which hosts are looked up, the user's own first: keys that are trusted are added to it. */
  knownHosts: readonly string[]
  /** Runs a program on this machine: the system's ssh, where ssh2 cannot go. */
  exec: Transport['exec']
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
    const own = createConnection(host, (signal) => connect({ host, dial, login, ...options }, signal))
    const connection: Connection = {
      ...own,
      wake: (byUser) => {
        if (before) connectionTo({ via: 'ssh', ...before, jump: jump.slice(0, -1) }).wake(byUser)
        own.wake(byUser)
      },
    }
    connections.set(key, connection)
    return connection
  }

  return {
    transport: (endpoint) => {
      const system = openSystemSsh(endpoint, options)
      const { dial, ...way } = endpoint.system ? system : orElse(overOwn(endpoint, connectionTo(endpoint)), system, endpoint)
      return { ...way, forward: (port, signal, how) => listenHere((either) => dial(port, either), signal, how) }
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

/** A transport that leads to one connection after the other of a port. */
export type Dialling = Omit<Transport, 'forward'> & { dial(port: number, signal: AbortSignal): Promise<Way> }

function overOwn(endpoint: SshEndpoint, connection: Connection): Dialling {
  const programs = programsOver(endpoint, {
    carry: (command, pty, signal) =>
      connection.exec(command, pty && { term: pty.term, ...pty.size, width: 0, height: 0 }, signal),
    runAtOnce: connection.runAtOnce,
  })
  return {
    ...programs,
    dial: async (port, signal) => {
      const channel = await connection.dial('127.0.0.1', port, signal).catch((error: unknown) => {
        if (!(error instanceof StyxError) || error.data.code !== 'ssh.no-way-through') throw error
        return connection.dial('localhost', port, signal) // it may listen on ::1 alone
      })
      return { readable: channel, writable: channel, close: () => channel.destroy() }
    },
    watch: connection.watch,
    wake: () => connection.wake(true),
  }
}

/** ssh2's own way, until it finds that it has no encryption in common with the host: from then on the system's. */
function orElse(own: Dialling, system: Dialling, { jump }: SshEndpoint): Dialling {
  let used = own
  const isNoWay = (code: unknown) => code === 'ssh.no-common-method' && jump.length === 0
  async function either<T>(work: (transport: Dialling) => Promise<T>): Promise<T> {
    if (used === system) return work(system)
    try {
      return await work(own)
    } catch (error) {
      if (!(error instanceof StyxError) || !isNoWay(error.data.code)) throw error
      used = system
      return work(system)
    }
  }
  return {
    exec: (argv, options) => either((transport) => transport.exec(argv, options)),
    shell: (signal) => either((transport) => transport.shell(signal)),
    dial: (port, signal) => either((transport) => transport.dial(port, signal)),
    watch: (tell, signal) => {
      if (used === system) return system.watch(tell, signal)
      const stop = new AbortController()
      const onLink = (link: Link) => {
        if (link.is !== 'needs-you' || !isNoWay(link.error.code)) return tell(link)
        stop.abort()
        used = system
        system.watch(tell, signal)
      }
      signal.addEventListener('abort', () => stop.abort(), { once: true })
      own.watch(onLink, stop.signal)
    },
    wake: () => used.wake(),
    close: async () => {
      await Promise.all([own.close(), system.close()])
    },
  }
}
