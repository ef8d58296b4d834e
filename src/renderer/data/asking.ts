import { useSyncExternalStore } from 'react'
import type { Ask } from '../../shared/ask.ts'
import { type Node, sshName } from '../../shared/node.ts'
import type { HostHealth } from '../../shared/place.ts'

let shown: string | null = null
const listeners = new Set<() => void>()

function setShown(askId: string | null) {
  shown = askId
  for (const listener of listeners) listener()
}

/** Puts a question in front of the user. */
export const showAsk = (askId: string) => setShown(askId)
/** Puts it away; it waits on. */
export const hideAsk = () => setShown(null)
/** The question that is in front of the user now, by its id. */
export const useShownAsk = (): string | null =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => shown,
  )

/** What one of these nodes waits for: a question about it, about a host on the way, or about a key that it is reached by. */
export function askOfNodes(asks: readonly Ask[], nodes: readonly Pick<Node, 'endpoint'>[]): Ask | null {
  if (asks.length === 0) return null
  const names = new Set<string>()
  for (const { endpoint } of nodes) {
    if (endpoint?.via !== 'ssh') continue
    for (const host of [endpoint, ...endpoint.jump]) {
      names.add(sshName(host))
      for (const auth of host.auth) if (auth.by === 'key') names.add(auth.file)
    }
  }
  return asks.find(({ about }) => names.has(about)) ?? null
}

/** What a machine that is being checked waits for. */
export function askOfHost(asks: readonly Ask[], { state, address, through }: Pick<HostHealth, 'state' | 'address' | 'through'>) {
  if (state !== 'checking') return null
  return asks.find(({ about }) => about === address || through.includes(about)) ?? null
}

/** The question in one line. */
export function askWords(ask: Ask): string {
  switch (ask.kind) {
    case 'host-key':
      return `Is this the key of ${ask.host}?`
    case 'password':
      return `The password of ${ask.about}`
    case 'passphrase':
      return `The passphrase of ${ask.file}`
    case 'code':
      return `A code for ${ask.about}`
  }
}
