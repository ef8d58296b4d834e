import { Button } from '@mantine/core'
import { IconAlertTriangle, IconCircleX } from '@tabler/icons-react'
import { Key } from '../../ui/key.tsx'
import { modKey } from '../../ui/page.tsx'
import type { Mark } from './marks.ts'
import css from './task.module.css'
import { Words } from './words.tsx'

type Props = {
  marks: Mark[]
  caret: { line: number; column: number }
  lines: number
  onGoTo(mark: Mark): void
  onFix(mark: Mark): void
}

/** What is wrong with the text, below it: a click goes there, Fix mends it. */
export function Problems({ marks, caret, lines, onGoTo, onFix }: Props) {
  return (
    <section className={css.problems} aria-label="Problems">
      <header>
        <h2>Problems</h2>
        <span className={css.count} data-some={marks.some(({ tone }) => tone === 'error')}>
          {marks.length}
        </span>
        <span className={css.caret}>
          line {caret.line}, column {caret.column} · {lines === 1 ? '1 line' : `${lines} lines`} · checked as you type
        </span>
      </header>
      {marks.length > 0 && (
        <ul>
          {marks.map((mark, i) => {
            const Icon = mark.tone === 'error' ? IconCircleX : IconAlertTriangle
            return (
              <li key={i}>
                <button type="button" onClick={() => onGoTo(mark)}>
                  <Icon
                    className={css.sign}
                    size={15}
                    stroke={1.75}
                    color={mark.tone === 'error' ? 'var(--failed)' : 'var(--needs)'}
                    aria-hidden
                  />
                  <span className={css.at}>{mark.line}</span>
                  <span className={css.says}>
                    <Words>{mark.words}</Words>
                  </span>
                </button>
                {mark.fix && (
                  <Button
                    size="compact-sm"
                    onClick={() => onFix(mark)}
                    rightSection={i === 0 ? <Key>{modKey} .</Key> : undefined}
                  >
                    {mark.fix.label}
                  </Button>
                )}
              </li>
            )
          })}
        </ul>
      )}
    </section>
  )
}
