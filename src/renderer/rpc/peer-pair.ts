import type { Peer } from '../../shared/peer.ts'

/** For tests: two ends of one connection in memory. Messages arrive in a later turn, as over a socket. */
export function peerPair<Message extends string | Uint8Array>(): [Peer<Message>, Peer<Message>] {
  const ends = [0, 1].map(() => ({
    messages: new Set<(message: Message) => void>(),
    closes: new Set<(reason: string) => void>(),
  }))
  let closed = false
  const close = (reason: string) => {
    if (closed) return
    closed = true
    for (const end of ends) for (const listener of end.closes) listener(reason)
  }
  const peer = (mine: number): Peer<Message> => ({
    async send(message) {
      await null
      if (!closed) for (const listener of ends[1 - mine]!.messages) listener(message)
    },
    onMessage: (listener) => void ends[mine]!.messages.add(listener),
    onClose: (listener) => void ends[mine]!.closes.add(listener),
    close,
  })
  return [peer(0), peer(1)]
}
