import type { RawData, WebSocket } from 'ws'
import type { Peer } from '../../shared/peer.ts'

/** Twice this without an answer, and the client is taken for gone. */
const HEARTBEAT_MS = 15_000

/** A WebSocket that carries text. */
export function textPeer(socket: WebSocket): Peer<string> {
  return {
    ...peer(socket),
    onMessage: (listener) =>
      socket.on('message', (data, isBinary) => {
        if (isBinary) socket.close(1003, 'text only')
        else listener(String(data))
      }),
  }
}

/** A WebSocket that carries bytes. */
export function bytesPeer(socket: WebSocket): Peer<Uint8Array> {
  return {
    ...peer(socket),
    onMessage: (listener) =>
      socket.on('message', (data: RawData, isBinary) => {
        if (isBinary)
          listener(data as Buffer) // a Buffer, for binaryType is left at "nodebuffer"
        else socket.close(1003, 'bytes only')
      }),
  }
}

function peer(socket: WebSocket): Omit<Peer<string & Uint8Array>, 'onMessage'> {
  socket.on('error', () => {}) // a close follows, and that is heard
  return {
    // A message that failed is answered in a later turn: at once, a stream would spin and never let the close event come.
    send: (message: string | Uint8Array) =>
      new Promise((resolve) => socket.send(message, (error) => (error ? setImmediate(resolve) : resolve()))),
    onClose: (listener) => socket.once('close', (_code, reason) => listener(String(reason))),
    close: (reason) => socket.close(1008, cut(reason)),
  }
}

/** A close reason has at most 123 bytes. */
const cut = (reason: string) => new TextDecoder().decode(new TextEncoder().encode(reason).subarray(0, 120)).replace('\uFFFD', '')

/** Pings the clients and drops those that do not answer (a closed lid, a dead tunnel). Returns what stops it. */
export function dropSilent(clients: () => WebSocket[]): () => void {
  const waiting = new WeakSet<WebSocket>()
  const timer = setInterval(() => {
    for (const client of clients()) {
      if (waiting.has(client)) client.terminate()
      else {
        waiting.add(client)
        client.once('pong', () => waiting.delete(client))
        client.ping()
      }
    }
  }, HEARTBEAT_MS)
  return () => clearInterval(timer)
}
