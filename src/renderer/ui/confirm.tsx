import { Button } from '@mantine/core'
import { modals } from '@mantine/modals'
import { IconCheck, IconTrash } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import css from './confirm.module.css'
import { showError } from './notice.tsx'

type Choice = { label: string; danger?: boolean; primary?: boolean; run(): Promise<unknown> }

/** Asks before something that cannot be taken back, naming what will happen. Each button says what it does; Escape does nothing. */
export function confirm(question: { title: string; children: ReactNode; choices: Choice[]; keep: string }): void {
  const id = modals.open({
    title: question.title,
    children: (
      <>
        <div className={css.words}>{question.children}</div>
        <div className={css.buttons}>
          <Button variant="subtle" data-autofocus onClick={() => modals.close(id)}>
            {question.keep}
          </Button>
          {question.choices.map(({ label, danger, primary, run }) => (
            <Button
              key={label}
              variant={danger ? 'danger' : primary ? 'filled' : 'default'}
              onClick={() => {
                modals.close(id)
                run().catch(showError)
              }}
            >
              {label}
            </Button>
          ))}
        </div>
      </>
    ),
  })
}

/** One thing that follows, in a list: what stays, or what ends. */
export function Point({ keeps, children }: { keeps: boolean; children: ReactNode }) {
  const Icon = keeps ? IconCheck : IconTrash
  return (
    <li>
      <Icon size={16} stroke={1.75} aria-hidden />
      <span>{children}</span>
    </li>
  )
}
