import { StyxError } from '../../shared/error.ts'
import type { Endpoint } from '../../shared/node.ts'
import { openLocalTransport } from './local/local-transport.ts'
import { createSsh, type SshOptions } from './ssh/ssh-transport.ts'
import type { Transport } from './transport.ts'

/** The ways to nodes: one transport for each endpoint, shared by all who use it. */
export type Connections = {
  /** Whoever gets it never closes it. */
  transport(endpoint: Endpoint): Transport
  /** This machine slept, or has another network: what is lost is tried anew at once, what is dead is found out soon. */
  wake(): void
  /** Ends all that runs over them. */
  close(): Promise<void>
}

/** {@link Connections} that are opened as they are asked for. Without `options` there is no ssh. */
export function createConnections(options?: Omit<SshOptions, 'exec'>): Connections {
  const open = new Map<string, Transport>()
  const exec: Transport['exec'] = (argv, how) => transport({ via: 'local' }).exec(argv, how)
  const ssh = options ? createSsh({ ...options, exec }) : null

  const make = (endpoint: Endpoint): Transport => {
    if (endpoint.via === 'local') return openLocalTransport()
    if (ssh) return ssh.transport(endpoint)
    throw new StyxError({ code: 'ssh.none', what: 'Nothing is reached over SSH here' })
  }
  const transport = (endpoint: Endpoint): Transport => {
    const key = JSON.stringify(endpoint)
    const one = open.get(key) ?? make(endpoint)
    open.set(key, one)
    return one
  }
  return {
    transport,
    wake: () => ssh?.wake(),
    close: async () => {
      await Promise.all([...open.values()].map((transport) => transport.close()))
      ssh?.close()
      open.clear()
    },
  }
}
