import type { Peer } from '../../shared/peer.ts'
import type { Peers } from './reconnect.ts'

/** Reaches the engine in Electron's main process: the preload hands two ports over to it. */
export async function connectElectron(): Promise<Peers> {
  const contract = new MessageChannel()
  const bytes = new MessageChannel()
  window.postMessage('styx:connect', location.origin, [contract.port2, bytes.port2])
  return { contract: portPeer<string>(contract.port1), bytes: portPeer<Uint8Array>(bytes.port1) }
}

function portPeer<Message extends string | Uint8Array>(port: MessagePort): Peer<Message> {
  const listeners = new Set<(reason: string) => void>()
  const closed = () => {
    for (const listener of listeners) listener('')
    listeners.clear()
  }
  port.addEventListener('close', closed)
  return {
    send: async (message) => port.postMessage(message),
    onMessage(listener) {
      port.addEventListener('message', (event) => listener(event.data))
      port.start()
    },
    onClose: (listener) => void listeners.add(listener),
    close() {
      port.close()
      closed() // only the other end hears the event
    },
  }
}
