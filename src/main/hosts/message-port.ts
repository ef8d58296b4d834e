import type { MessagePortMain } from 'electron'
import type { Peer } from '../../shared/peer.ts'
import { serveBytes } from './byte-channel.ts'
import { createContractServer, type Served } from './contract-server.ts'

/** Serves the contract over the first port and the byte channel over the second, until the page that holds their other ends goes. */
export function createPortHost(served: Served): (contract: MessagePortMain, bytes: MessagePortMain) => void {
  const serveContract = createContractServer(served.router)
  return (contract, bytes) => {
    serveContract(
      portPeer(contract, (data) => typeof data === 'string'),
      { host: 'electron' },
    )
    serveBytes(
      portPeer(bytes, (data) => data instanceof Uint8Array),
      served.openBytes,
    )
    contract.start()
    bytes.start()
  }
}

function portPeer<Message extends string | Uint8Array>(port: MessagePortMain, fits: (data: unknown) => boolean): Peer<Message> {
  return {
    send: async (message) => port.postMessage(message),
    onMessage: (listener) =>
      port.on('message', ({ data }) => {
        if (fits(data)) listener(data)
        else port.close()
      }),
    onClose: (listener) => port.once('close', () => listener('')),
    close: () => port.close(),
  }
}
