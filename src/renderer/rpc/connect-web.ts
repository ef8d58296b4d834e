import { StyxError } from '../../shared/error.ts'
import type { Peer } from '../../shared/peer.ts'
import { type Peers, signedOut } from './reconnect.ts'

/** Reaches the engine of the web host that this page came from. */
export async function connectWeb(signal: AbortSignal): Promise<Peers> {
  try {
    const [contract, bytes] = await Promise.all([openSocket('/rpc', signal), openSocket('/bytes', signal)])
    bytes.binaryType = 'arraybuffer'
    return {
      contract: socketPeer<string>(contract, (data) => data as string),
      bytes: socketPeer<Uint8Array>(bytes, (data) => new Uint8Array(data as ArrayBuffer)),
    }
  } catch (error) {
    // A refused WebSocket does not say why; a request does.
    const answer = await fetch('/session', { cache: 'no-store', signal }).catch(() => null)
    if (answer?.status === 401) throw signedOut()
    throw error
  }
}

function openSocket(path: string, signal: AbortSignal): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(new URL(path, location.origin.replace(/^http/, 'ws')))
    const fail = () => {
      socket.close()
      reject(unreachable())
    }
    socket.addEventListener('open', () => {
      signal.removeEventListener('abort', fail)
      resolve(socket)
    })
    socket.addEventListener('close', fail)
    signal.addEventListener('abort', fail, { once: true })
  })
}

function socketPeer<Message extends string | Uint8Array>(socket: WebSocket, read: (data: unknown) => Message): Peer<Message> {
  return {
    async send(message) {
      // One that closes meanwhile says so by its close event.
      if (socket.readyState === WebSocket.OPEN) socket.send(message as string | Uint8Array<ArrayBuffer>)
    },
    onMessage: (listener) => socket.addEventListener('message', (event) => listener(read(event.data))),
    onClose: (listener) => socket.addEventListener('close', (event) => listener(event.reason), { once: true }),
    close: () => socket.close(),
  }
}

const unreachable = () =>
  new StyxError({
    code: 'connection.lost',
    what: 'The engine could not be reached',
    why: 'Styx does not answer: it was closed, or the tunnel to it is gone.',
    suggestion: 'Start it again; this page reconnects by itself.',
    retryable: true,
  })
