import { useState } from 'react'
import type { Ask, AskAnswer } from '../../../shared/ask.ts'
import { api } from '../../rpc/connection.ts'
import { showError } from '../../ui/notice.tsx'

/** Answers a question, or says no to it. Nothing of an answer is kept: it is no mutation, whose variables would be. */
export function useAnswer({ id: askId }: Ask) {
  const [pending, setPending] = useState(false)
  const send = async (call: () => Promise<void>) => {
    setPending(true)
    await call().catch(showError)
    setPending(false)
  }
  return {
    pending,
    answer: ({ value, remember = false }: { value: string; remember?: AskAnswer['remember'] }) =>
      send(() => api.asks.answer({ askId, value, remember })),
    dismiss: () => void send(() => api.asks.dismiss({ askId })),
  }
}
