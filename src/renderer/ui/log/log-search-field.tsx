import { ActionIcon, Tooltip } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconLetterCase, IconRegex, IconSearch } from '@tabler/icons-react'
import type { ReactNode, Ref } from 'react'
import type { LogQuery } from '../../../shared/log.ts'
import { number } from '../../data/words.ts'
import css from './log-bar.module.css'
import type { LogHits } from './use-log-search.ts'

type Props = {
  ref: Ref<HTMLInputElement>
  query: LogQuery
  /** What is wrong with it. */
  problem: string | null
  hits: LogHits
  /** Which of the hits is the current one, from 0; null: none. */
  current: number | null
  onQuery(query: LogQuery): void
  onStep(by: 1 | -1): void
  /** The keyboard goes back to the lines. */
  onLeave(): void
}

/** What is looked for in the log, and the way from hit to hit. */
export function LogSearchField({ ref, query, problem, hits, current, onQuery, onStep, onLeave }: Props) {
  const words = countWords(query, problem, hits, current)
  return (
    <search className={css.search} aria-label="Search in the log" data-problem={problem !== null || undefined}>
      <IconSearch size={15} stroke={1.75} aria-hidden />
      <input
        ref={ref}
        type="text"
        placeholder="Search"
        aria-label="Search for"
        aria-keyshortcuts="/"
        aria-invalid={problem !== null}
        spellCheck={false}
        maxLength={1000}
        value={query.text}
        onChange={(event) => onQuery({ ...query, text: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onStep(event.shiftKey ? -1 : 1)
          else if (event.key === 'Escape') {
            onQuery({ ...query, text: '' })
            onLeave()
          } else if (event.key === 'ArrowDown') onLeave()
          else return
          event.preventDefault()
        }}
      />
      <output className={css.count} title={problem ?? hits.error?.why ?? moreWords(hits)}>
        {words}
      </output>
      <Tooltip label="Hit before (N with Shift)">
        <ActionIcon size={22} aria-label="Hit before" onClick={() => onStep(-1)}>
          <IconArrowUp size={15} stroke={1.75} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label="Next hit (N)">
        <ActionIcon size={22} aria-label="Next hit" onClick={() => onStep(1)}>
          <IconArrowDown size={15} stroke={1.75} />
        </ActionIcon>
      </Tooltip>
      <Toggle
        label="Match case"
        on={query.caseSensitive}
        set={(caseSensitive) => onQuery({ ...query, caseSensitive })}
        icon={<IconLetterCase size={15} stroke={1.75} />}
      />
      <Toggle
        label="Regular expression"
        on={query.regex}
        set={(regex) => onQuery({ ...query, regex })}
        icon={<IconRegex size={15} stroke={1.75} />}
      />
    </search>
  )
}

function countWords(query: LogQuery, problem: string | null, hits: LogHits, current: number | null): string {
  if (query.text === '') return ''
  if (problem !== null) return 'Not a pattern'
  if (hits.error) return 'Failed'
  if (!hits.done && hits.count === 0) return `${Math.floor(hits.searched * 100)} %`
  if (hits.count === 0) return 'None'
  const of = `${number(hits.count)}${hits.done ? '' : '…'}`
  return current === null ? of : `${number(current + 1)} of ${of}`
}

const moreWords = ({ count, lines }: LogHits) =>
  count > lines.length ? `Lines that match. The first ${number(lines.length)} are marked.` : 'Lines that match'

function Toggle({ label, on, set, icon }: { label: string; on: boolean; set(on: boolean): void; icon: ReactNode }) {
  return (
    <Tooltip label={label}>
      <ActionIcon size={22} className={css.toggle} aria-label={label} aria-pressed={on} onClick={() => set(!on)}>
        {icon}
      </ActionIcon>
    </Tooltip>
  )
}
