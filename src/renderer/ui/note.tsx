import { IconAlertTriangle, IconCircleX, IconInfoCircle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import css from './note.module.css'

const icons = { motion: IconInfoCircle, needs: IconAlertTriangle, failed: IconCircleX }

/** A short note on its own ground: a title, a sentence, and at most the buttons that answer it. */
export function Note(props: { tone: keyof typeof icons; title: string; children?: ReactNode; actions?: ReactNode }) {
  const Icon = icons[props.tone]
  return (
    <div className={css.note} data-tone={props.tone}>
      <Icon size={16} stroke={1.75} aria-hidden />
      <p className={css.words}>
        <strong>
          {props.title}
          {props.children && !/[.!?:…]$/.test(props.title) && '.'}
        </strong>
        {props.children && <> {props.children}</>}
      </p>
      {props.actions && <div className={css.actions}>{props.actions}</div>}
    </div>
  )
}
