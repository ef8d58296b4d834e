import type { Endpoint } from '../../shared/node.ts'
import { openLocalTransport } from './local/local-transport.ts'
import type { Transport } from './transport.ts'

/** The ways to nodes: one transport for each endpoint, shared by all who use it. */
export type Connections = {
  /** Whoever gets it never closes it. */
  transport(endpoint: Endpoint): Transport
  /** Ends all that runs over them. */
  close(): Promise<void>
}

/** `atPoint` is told before a program is started and after it ended, as `exec:PROGRAM:before|after`: crash tests stop the engine there. */
export function createConnections(options: { atPoint?: (point: string) => void } = {}): Connections {
  const open = new Map<Endpoint['via'], Transport>()
  return {
    transport: (endpoint) => {
      const known = open.get(endpoint.via)
      if (known) return known
      const local = openLocalTransport()
      const transport = options.atPoint ? withPoints(local, options.atPoint) : local
      open.set(endpoint.via, transport)
      return transport
    },
    close: async () => {
      await Promise.all([...open.values()].map((transport) => transport.close()))
      open.clear()
    },
  }
}

function withPoints(transport: Transport, atPoint: (point: string) => void): Transport {
  return {
    ...transport,
    exec: async (argv, options) => {
      atPoint(`exec:${argv[0]}:before`)
      const child = await transport.exec(argv, options)
      const exit = child.exit.then((how) => {
        atPoint(`exec:${argv[0]}:after`)
        return how
      })
      return { ...child, exit }
    },
  }
}
