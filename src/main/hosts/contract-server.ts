import type { Router } from '@orpc/server'
import { RPCHandler } from '@orpc/server/ws'
import type { WebSocket } from 'ws'
import * as z from 'zod'
import type { Peer } from '../../shared/peer.ts'
import type { OpenBytes, OpenDownload } from '../byte-stream.ts'
import type { HostContext } from '../router.ts'

/** What a host serves: the faces of the engine. The host itself knows nothing of what is in them. */
// biome-ignore lint/suspicious/noExplicitAny: oRPC's own bound for "any contract"
export type Served = { router: Router<any, HostContext>; openBytes: OpenBytes; openDownload: OpenDownload }

// The library's own envelope. It believes what it is sent, so it is checked before: a request, or the abort of one.
const message = z.union([
  z.strictObject({
    i: z.string().max(100),
    p: z.strictObject({
      u: z.string().startsWith('/').max(1000),
      b: z.unknown().optional(),
      h: z.record(z.string(), z.union([z.string(), z.array(z.string())])).optional(),
    }),
  }),
  z.strictObject({ i: z.string().max(100), t: z.literal(4) }),
])

/**
 * Serves the contract over any peer that carries text. A message that is no request closes the peer with the reason;
 * a closed peer ends its streams. Sending waits for the peer, so that a stream to a slow one is held back in its topic.
 */
export function createContractServer(router: Served['router']): (peer: Peer<string>, context: HostContext) => void {
  const handler = new RPCHandler(router)
  return (peer, context) => {
    // oRPC's handler for `ws` needs no more of it than this; so one handler serves both hosts.
    const socket = {
      send: (text: string) => peer.send(text),
      addEventListener(type: string, listener: (event: { data: string }) => void) {
        if (type === 'close') peer.onClose(() => listener({ data: '' }))
        if (type === 'message')
          peer.onMessage((text) => {
            if (isMessage(text)) listener({ data: text })
            else peer.close('not a message of the contract')
          })
      },
    }
    void handler.upgrade(socket as unknown as WebSocket, { context })
  }
}

function isMessage(text: string): boolean {
  try {
    return message.safeParse(JSON.parse(text)).success
  } catch {
    return false
  }
}
