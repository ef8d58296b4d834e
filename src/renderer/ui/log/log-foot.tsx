import { Popover } from '@mantine/core'
import { type KeyboardEvent, memo, useState } from 'react'
import { bytesWords, number } from '../../data/words.ts'
import css from './log-foot.module.css'
import { readWhere } from './when.ts'

/** How lines are shown. */
export type LogShow = { times: boolean; colours: boolean; wrap: boolean }

type WhereProps = {
  /** The last time that there is, epoch ms. */
  until: number
  whereOpen: boolean
  onWhereOpen(open: boolean): void
  onWhere(where: { line: number } | { at: number }): void
}

type ShowProps = { show: LogShow; withErr: boolean; withHits: boolean; onShow(show: LogShow): void }

type Props = WhereProps &
  ShowProps & {
    from: number
    to: number
    lines: number
    bytes: number
    /** About the current hit, or what is selected; '' for nothing. */
    words: string
  }

/** What is in sight, how it is shown, and the way to a line or a time. */
export function LogFoot({ from, to, lines, bytes, words, ...props }: Props) {
  const { until, whereOpen, onWhereOpen, onWhere, show, withErr, withHits, onShow } = props
  return (
    <footer className={css.foot}>
      <span className="tabular">
        {lines === 0 ? 'no lines' : `lines ${number(from + 1)} to ${number(to)} of ${number(lines)}, ${bytesWords(bytes)}`}
      </span>
      <Where until={until} whereOpen={whereOpen} onWhereOpen={onWhereOpen} onWhere={onWhere} />
      <span className={css.words} role="status">
        {words}
      </span>
      <Shown show={show} withErr={withErr} withHits={withHits} onShow={onShow} />
    </footer>
  )
}

const Shown = memo(function Shown({ show, withErr, withHits, onShow }: ShowProps) {
  const toggle = (key: keyof LogShow) => onShow({ ...show, [key]: !show[key] })
  return (
    <span className={css.end}>
      {show.times && <span>times of this machine, {zone()}</span>}
      <button type="button" aria-pressed={show.times} onClick={() => toggle('times')}>
        times {show.times ? 'on' : 'off'}
      </button>
      <button type="button" aria-pressed={show.colours} onClick={() => toggle('colours')}>
        colours {show.colours ? 'on' : 'off'}
      </button>
      <button type="button" aria-pressed={show.wrap} aria-keyshortcuts="w" onClick={() => toggle('wrap')}>
        wrap {show.wrap ? 'on' : 'off'}
      </button>
      {withErr && <span data-key="err">stderr</span>}
      {withHits && <span data-key="hit">search</span>}
    </span>
  )
})

/** UTC+1 */
function zone(): string {
  const minutes = -new Date().getTimezoneOffset()
  if (minutes === 0) return 'UTC'
  const rest = Math.abs(minutes) % 60
  return `UTC${minutes < 0 ? '−' : '+'}${Math.floor(Math.abs(minutes) / 60)}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`
}

const Where = memo(function Where({ until, whereOpen, onWhereOpen, onWhere }: WhereProps) {
  const [text, setText] = useState('')
  const where = readWhere(text, until)
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !where) return
    event.preventDefault()
    onWhere(where)
    onWhereOpen(false)
  }
  return (
    // At once: who presses the key goes on typing.
    <Popover
      opened={whereOpen}
      onChange={onWhereOpen}
      position="top-start"
      trapFocus
      returnFocus
      transitionProps={{ duration: 0 }}
    >
      <Popover.Target>
        <button type="button" aria-keyshortcuts="t" aria-expanded={whereOpen} onClick={() => onWhereOpen(!whereOpen)}>
          Go to…
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Go to a time or a line">
        <label className={css.where}>
          <span>A time, or the number of a line</span>
          <input
            type="text"
            // biome-ignore lint/a11y/noAutofocus: the user asked to write here, and writes at once
            autoFocus
            placeholder="14:02:11"
            aria-invalid={text !== '' && !where}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            onFocus={(event) => event.currentTarget.select()}
            onKeyDown={onKeyDown}
          />
          <small>{text !== '' && !where ? 'Neither a time nor a line.' : 'Also with its day: 2026-11-24 14:02'}</small>
        </label>
      </Popover.Dropdown>
    </Popover>
  )
})
