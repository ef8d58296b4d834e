import { Popover } from '@mantine/core'
import { type KeyboardEvent, useState } from 'react'
import { bytesWords, number } from '../../data/words.ts'
import css from './log-foot.module.css'
import { readWhere } from './when.ts'

type Props = {
  from: number
  to: number
  lines: number
  bytes: number
  /** About the current hit, or what is selected; '' for nothing. */
  words: string
  show: LogShow
  onShow(show: LogShow): void
  withTimes: boolean
  withErr: boolean
  withHits: boolean
  /** The last time that there is, epoch ms. */
  until: number
  whereOpen: boolean
  onWhereOpen(open: boolean): void
  onWhere(where: { line: number } | { at: number }): void
}

/** How lines are shown. */
export type LogShow = { times: boolean; colours: boolean; wrap: boolean }

/** What is in sight, how it is shown, and the way to a line or a time. */
export function LogFoot(props: Props) {
  const { from, to, lines, bytes, words, show, onShow, withTimes, withErr, withHits } = props
  const toggle = (key: keyof LogShow) => onShow({ ...show, [key]: !show[key] })
  return (
    <footer className={css.foot}>
      <span className="tabular">
        {lines === 0 ? 'no lines' : `lines ${number(from + 1)} to ${number(to)} of ${number(lines)}, ${bytesWords(bytes)}`}
      </span>
      <Where {...props} />
      <span className={css.words}>{words}</span>
      <span className={css.end}>
        {withTimes && show.times && <span>times of this machine, {zone()}</span>}
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
    </footer>
  )
}

/** UTC+1 */
function zone(): string {
  const minutes = -new Date().getTimezoneOffset()
  if (minutes === 0) return 'UTC'
  const rest = Math.abs(minutes) % 60
  return `UTC${minutes < 0 ? '−' : '+'}${Math.floor(Math.abs(minutes) / 60)}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`
}

function Where({ until, whereOpen, onWhereOpen, onWhere }: Props) {
  const [text, setText] = useState('')
  const where = readWhere(text, until)
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !where) return
    event.preventDefault()
    onWhere(where)
    onWhereOpen(false)
  }
  return (
    <Popover opened={whereOpen} onChange={onWhereOpen} position="top-start" trapFocus returnFocus>
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
}
