import type { ReactNode } from 'react'
import { number, type Tone } from '../data/words.ts'
import css from './chip.module.css'
import { StateDot } from './state-dot.tsx'

/** A group of chips of which some are chosen. */
export function Chips({ label, children }: { label: string; children: ReactNode }) {
  return (
    <fieldset className={css.chips} aria-label={label}>
      {children}
    </fieldset>
  )
}

/** Something to choose, with its colour and how many there are of it. */
export function Chip(props: { tone?: Tone | null; n?: number; chosen: boolean; onChoose(): void; children: ReactNode }) {
  const { tone, n, chosen, onChoose, children } = props
  return (
    <button type="button" className={css.chip} aria-pressed={chosen} onClick={onChoose}>
      {tone && <StateDot tone={tone} />}
      {children}
      {n !== undefined && (
        <>
          {' '}
          <b>{number(n)}</b>
        </>
      )}
    </button>
  )
}
