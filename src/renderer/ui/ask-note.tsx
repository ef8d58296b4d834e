import { Button } from '@mantine/core'
import type { Ask } from '../../shared/ask.ts'
import { askWords, showAsk } from '../data/asking.ts'
import { Note } from './note.tsx'

/** Says that something waits for the user, with the button that brings the question. */
export function AskNote({ ask }: { ask: Ask }) {
  return (
    <Note
      tone="needs"
      title="It needs you"
      actions={
        <Button aria-label={`Answer: ${askWords(ask)}`} onClick={() => showAsk(ask.id)}>
          Answer…
        </Button>
      }
    >
      {askWords(ask)}
    </Note>
  )
}
