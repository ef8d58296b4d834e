import { IconAlertTriangle, IconCircleX } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import type { ErrorData } from '../../shared/error.ts'
import { CopyButton } from './copy-button.tsx'
import css from './error-block.module.css'
import { PathText } from './path-text.tsx'

type Props = { error: ErrorData; tone?: 'failed' | 'needs'; children?: ReactNode }

/** What failed, where, why, and what to do; the raw text one click away. Children are the buttons that do it. */
export function ErrorBlock({ error, tone = 'failed', children }: Props) {
  const [raw, setRaw] = useState(false)
  const Icon = tone === 'failed' ? IconCircleX : IconAlertTriangle
  return (
    <div className={css.block} data-tone={tone} role="alert">
      <span className={css.icon}>
        <Icon size={16} stroke={1.75} aria-hidden />
      </span>
      <div className={css.words}>
        <p className={css.what}>
          {error.what}
          {error.where && (
            <span className={css.where}>
              {' · '}
              <PathText text={error.where} />
            </span>
          )}
        </p>
        {error.why && (
          <p>
            <PathText text={error.why} />
          </p>
        )}
        {error.suggestion && <p className={css.suggestion}>{error.suggestion}</p>}
        {error.detail && (
          <button type="button" className={css.rawButton} aria-expanded={raw} onClick={() => setRaw(!raw)}>
            {raw ? 'Hide the raw text' : 'Show the raw text'}
          </button>
        )}
        {raw && (
          <div className={css.raw}>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
            <pre tabIndex={0}>{error.detail}</pre>
            <span className={css.copy}>
              <CopyButton text={`${error.what}\n${error.why}\n${error.detail}`} label="Copy the raw text" />
            </span>
          </div>
        )}
        {children && <div className={css.actions}>{children}</div>}
      </div>
    </div>
  )
}
