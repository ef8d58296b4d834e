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

/** {@link Connections} that are opened as they are asked for. */
export function createConnections(): Connections {
  const open = new Map<Endpoint['via'], Transport>()
  return {
    transport: ({ via }) => {
      const transport = open.get(via) ?? openLocalTransport()
      open.set(via, transport)
      return transport
    },
    close: async () => {
      await Promise.all([...open.values()].map((transport) => transport.close()))
      open.clear()
    },
  }
}
