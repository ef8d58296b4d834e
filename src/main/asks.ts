import { randomUUID } from 'node:crypto'
import type { Ask, AskAnswer } from '../shared/ask.ts'
import type { Change } from '../shared/change.ts'
import { StyxError } from '../shared/error.ts'

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never
/** What is to be asked; an id and a time it gets here. */
export type Question = Without<Ask, 'id' | 'at'>
export type Answer = Pick<AskAnswer, 'value' | 'remember'>

/** The one way to ask the user something. Nothing of an answer is kept here. */
export type Asks = {
  /**
   * Waits for the user, for as long as it takes. Who asks what is being asked already waits for the same answer.
   * @throws StyxError `ask.dismissed`, or the signal's reason
   */
  ask(question: Question, signal: AbortSignal): Promise<Answer>
  /** @throws StyxError `ask.gone` when nobody waits for it any more, `ask.wrong-key` when another fingerprint was confirmed. */
  answer(answer: AskAnswer): void
  dismiss(askId: string): void
  /** All that wait now, oldest first. */
  open(): Ask[]
}

type Waiting = { ask: Ask; key: string; waiters: Set<{ resolve(answer: Answer): void; reject(error: unknown): void }> }

/** The open questions of an engine; `publish` tells the screen of each that comes or goes. */
export function createAsks(publish: (change: Change) => void): Asks {
  const waiting = new Map<string, Waiting>()

  const take = (askId: string): Waiting => {
    const found = waiting.get(askId)
    if (!found) throw gone()
    return found
  }
  const end = ({ ask }: Waiting) => {
    waiting.delete(ask.id)
    publish({ type: 'gone', of: 'ask', id: ask.id })
  }

  return {
    ask: (question, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        const key = JSON.stringify(question)
        let one = [...waiting.values()].find((other) => other.key === key)
        if (!one) {
          const ask = { id: randomUUID(), at: Date.now(), ...question } as Ask
          one = { ask, key, waiters: new Set() }
          waiting.set(ask.id, one)
          publish({ type: 'ask', ask })
        }
        const { waiters } = one
        const leave = () => {
          waiters.delete(waiter)
          if (waiters.size === 0) end(one)
          reject(signal.reason)
        }
        const waiter = {
          resolve: (answer: Answer) => {
            signal.removeEventListener('abort', leave)
            resolve(answer)
          },
          reject: (error: unknown) => {
            signal.removeEventListener('abort', leave)
            reject(error)
          },
        }
        waiters.add(waiter)
        signal.addEventListener('abort', leave, { once: true })
      }),
    answer: ({ askId, value, remember }) => {
      const one = take(askId)
      if (one.ask.kind === 'host-key' && value !== one.ask.fingerprint) throw wrongKey(one.ask)
      end(one)
      for (const waiter of one.waiters) waiter.resolve({ value, remember })
    },
    dismiss: (askId) => {
      const one = take(askId)
      end(one)
      for (const waiter of one.waiters) waiter.reject(dismissed(one.ask))
    },
    open: () => [...waiting.values()].map(({ ask }) => ask),
  }
}

const gone = () =>
  new StyxError({
    code: 'ask.gone',
    what: 'Nobody waits for this answer any more',
    why: 'What had asked was cancelled, or the machine hung up.',
    suggestion: 'Try again what you were about to do.',
  })

const wrongKey = (ask: Extract<Ask, { kind: 'host-key' }>) =>
  new StyxError({
    code: 'ask.wrong-key',
    what: 'This is not the key that the machine has shown',
    where: ask.about,
    why: `It has shown ${ask.fingerprint}.`,
    suggestion: 'Compare the fingerprint anew.',
  })

const dismissed = (ask: Ask) =>
  new StyxError({
    code: 'ask.dismissed',
    what: DISMISSED[ask.kind],
    where: ask.about,
    why: 'You closed the question.',
    suggestion: 'Check the machine again to be asked anew.',
  })

const DISMISSED: Record<Ask['kind'], string> = {
  'host-key': 'The key of the machine is not trusted',
  password: 'No password was given',
  passphrase: 'No passphrase was given',
  code: 'No code was given',
}
