import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { MessagePortMain } from 'electron'
import { describe, test } from 'vitest'
import type { Peer } from '../../shared/peer.ts'
import { type ClientEnds, checks, runCheck } from './conformance.ts'
import { createConformanceEngine } from './conformance-engine.ts'
import { createPortHost } from './message-port.ts'

describe('the Electron host over ports of Node', () => {
  const serve = createPortHost(createConformanceEngine())
  const connect = async (): Promise<ClientEnds> => {
    const [contract, bytes] = [new MessageChannel(), new MessageChannel()]
    serve(asPortMain(contract.port2), asPortMain(bytes.port2))
    return { contract: clientPeer<string>(contract.port1), bytes: clientPeer<Uint8Array>(bytes.port1) }
  }
  for (const check of checks) test(check.name, () => runCheck(check, connect))
})

/** A port of Node in the shape of Electron's: messages come as events, and nothing comes before `start`. */
function asPortMain(port: MessagePort): MessagePortMain {
  const started = new Promise<void>((resolve) => {
    setImmediate(resolve)
  })
  return {
    on: (event: string, listener: (event: unknown) => void) =>
      event === 'message'
        ? port.on('message', (data) => started.then(() => listener({ data, ports: [] })))
        : port.on(event, listener),
    once: (event: string, listener: () => void) => port.once(event, listener),
    start: () => port.start(),
    postMessage: (message: unknown) => port.postMessage(message),
    close: () => port.close(),
  } as unknown as MessagePortMain
}

function clientPeer<Message extends string | Uint8Array>(port: MessagePort): Peer<Message> {
  return {
    send: async (message) => port.postMessage(message),
    onMessage: (listener) => port.on('message', listener),
    onClose: (listener) => port.once('close', () => listener('')),
    close: () => port.close(),
  }
}
