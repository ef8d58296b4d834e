import type { Tone } from '../data/words.ts'
import css from './state-dot.module.css'

/** The colour of a state, with its word for whoever does not see colour. */
export function StateDot({ tone, word }: { tone: Tone; word: string }) {
  return <span className={css.dot} data-tone={tone} role="img" aria-label={word} title={word} />
}
