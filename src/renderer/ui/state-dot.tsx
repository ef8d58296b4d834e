import type { Tone } from '../data/words.ts'
import css from './state-dot.module.css'

/** The colour of a state, with its word for whoever does not see colour; without a word where the word stands beside it. */
export function StateDot({ tone, word }: { tone: Tone; word?: string }) {
  if (word === undefined) return <span className={css.dot} data-tone={tone} aria-hidden="true" />
  return <span className={css.dot} data-tone={tone} role="img" aria-label={word} title={word} />
}
