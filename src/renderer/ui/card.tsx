import type { ReactNode } from 'react'
import css from './card.module.css'

/** A card: its title, a note beside it, what stands at its right end, and what it holds. */
export function Card(props: { title?: ReactNode; note?: ReactNode; end?: ReactNode; className?: string; children: ReactNode }) {
  const { title, note, end, className, children } = props
  return (
    <section className={`${css.card} ${css.padded} ${className ?? ''}`}>
      {title && <CardHead title={title} note={note} end={end} />}
      {children}
    </section>
  )
}

/** The first line of a card. */
export function CardHead({ title, note, end }: { title: ReactNode; note?: ReactNode; end?: ReactNode }) {
  return (
    <div className={css.head}>
      <h2>{title}</h2>
      {note && (
        <span className={css.note} title={typeof note === 'string' ? note : undefined}>
          {note}
        </span>
      )}
      {end && <span className={css.end}>{end}</span>}
    </div>
  )
}
