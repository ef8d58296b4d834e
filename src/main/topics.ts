import { setTimeout as sleep } from 'node:timers/promises'
import { StyxError } from '../shared/error.ts'

/** A typed publish/subscribe point. Publishing never waits: a subscriber that falls behind is cut off with an error, not buffered for ever. */
export type Topic<T> = {
  publish(message: T): void
  /** Messages from the moment of the call on. Ends quietly when the signal aborts; throws `topic.lagged` when more than `capacity` wait. */
  subscribe(signal: AbortSignal, capacity?: number): AsyncIterableIterator<T>
}

/** A new {@link Topic}. */
export function createTopic<T>(): Topic<T> {
  const listeners = new Set<(message: T) => void>()
  return {
    publish: (message) => {
      for (const listener of listeners) listener(message)
    },
    subscribe: (signal, capacity = 10_000) => {
      const waiting: T[] = []
      let lagged = false
      let wake = () => {}
      const listener = (message: T) => {
        if (waiting.length >= capacity) lagged = true
        else waiting.push(message)
        wake()
      }
      // Listening begins here and not at the first next(): nothing published in between is missed.
      if (!signal.aborted) listeners.add(listener)
      const stop = () => {
        listeners.delete(listener)
        wake()
      }
      signal.addEventListener('abort', stop, { once: true })
      async function* messages() {
        try {
          while (!signal.aborted) {
            if (lagged) throw lag()
            const message = waiting.shift()
            if (message !== undefined) yield message
            else
              await new Promise<void>((resolve) => {
                wake = resolve
              })
          }
        } finally {
          signal.removeEventListener('abort', stop)
          stop()
        }
      }
      return messages()
    },
  }
}

/** A pause before a follower that failed begins anew, so that a lasting fault does not spin. */
const AGAIN_AFTER_MS = 1_000

/**
 * Follows a topic until the signal aborts: `begin` first, then each message. Who fell behind, or failed, begins anew: what a gap
 * swallowed, `begin` makes good. Never rejects.
 */
export async function followTopic<T>(
  topic: Topic<T>,
  signal: AbortSignal,
  on: { begin?(): void; message(message: T): void },
): Promise<void> {
  while (!signal.aborted)
    try {
      const messages = topic.subscribe(signal) // before `begin` looks, so that nothing falls in between
      on.begin?.()
      for await (const message of messages) on.message(message)
    } catch {
      await sleep(AGAIN_AFTER_MS, undefined, { signal }).catch(() => {})
    }
}

const lag = () =>
  new StyxError({
    code: 'topic.lagged',
    what: 'The screen fell too far behind',
    suggestion: 'It reconnects by itself and reads everything anew.',
    retryable: true,
  })
