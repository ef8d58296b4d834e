import { type ReactNode, useId } from 'react'
import css from './settings-list.module.css'

/** A group of settings under its heading. */
export function SettingsGroup({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={css.section}>
      <h2>{title}</h2>
      <div className={css.rows}>{children}</div>
    </section>
  )
}

type Labels = { 'aria-labelledby': string; 'aria-describedby': string }

/** One setting or fact: what it is, what it means, and its value or control (given the ids that name it). */
export function SettingsRow(props: { title: string; about?: ReactNode; children: ReactNode | ((labels: Labels) => ReactNode) }) {
  const { title, about, children } = props
  const id = useId()
  const labels = { 'aria-labelledby': `${id}-title`, 'aria-describedby': `${id}-about` }
  return (
    <div className={css.row}>
      <div>
        <strong id={labels['aria-labelledby']}>{title}</strong>
        <small id={labels['aria-describedby']}>{about}</small>
      </div>
      <div className={css.value}>{typeof children === 'function' ? children(labels) : children}</div>
    </div>
  )
}
