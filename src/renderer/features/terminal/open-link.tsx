import { Button } from '@mantine/core'
import { modals } from '@mantine/modals'
import type { LinkShown } from './links.ts'
import css from './open-link.module.css'

/** Opens a link outside; one whose text may say something else only after its true address was seen. */
export function openLink({ target, disguised }: LinkShown): void {
  if (!disguised) {
    open(target)
    return
  }
  const { host } = new URL(target)
  const answer = (go: boolean) => () => {
    modals.close(id)
    if (go) open(target)
  }
  const id = modals.open({
    title: `Open a page of ${host}?`,
    children: (
      <>
        <p>A program in the terminal made this link. It leads to:</p>
        <p className={css.target}>{target}</p>
        <div className={css.buttons}>
          <Button variant="subtle" data-autofocus onClick={answer(false)}>
            Don't open
          </Button>
          <Button variant="filled" onClick={answer(true)}>
            Open it
          </Button>
        </div>
      </>
    ),
  })
}

const open = (target: string) => window.open(target, '_blank', 'noopener,noreferrer')
