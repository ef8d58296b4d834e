import { ActionIcon, Tooltip } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconLetterCase, IconRegex, IconX } from '@tabler/icons-react'
import type { SearchAddon } from '@xterm/addon-search'
import { useEffect, useRef, useState } from 'react'
import css from './search-bar.module.css'
import { searchMarks } from './xterm-theme.ts'

type Props = { search: SearchAddon; onClose(): void }

/** Finds text in a terminal: Enter for the one before (newest first), Shift+Enter for the next. */
export function SearchBar({ search, onClose }: Props) {
  const [text, setText] = useState('')
  const [caseSensitive, setCaseSensitive] = useState(false)
  const [regex, setRegex] = useState(false)
  const [found, setFound] = useState({ resultIndex: -1, resultCount: 0 })
  const field = useRef<HTMLInputElement>(null)
  const problem = regex && text !== '' && !isRegex(text)

  useEffect(() => {
    field.current?.focus()
    const listening = search.onDidChangeResults(setFound)
    return () => {
      listening.dispose()
      search.clearDecorations()
    }
  }, [search])

  const find = (which: 'next' | 'previous', incremental = false) => {
    if (text === '' || problem) return
    const options = { caseSensitive, regex, incremental, decorations: searchMarks() }
    if (which === 'next') search.findNext(text, options)
    else search.findPrevious(text, options)
  }
  // What is looked for changed; nothing else asks for a new look.
  useEffect(() => {
    if (text === '' || problem) search.clearDecorations()
    else find('previous', true)
  }, [text, caseSensitive, regex])

  const words = problem
    ? 'Not a pattern'
    : text === ''
      ? ''
      : found.resultCount === 0
        ? 'None'
        : `${found.resultIndex < 0 ? '–' : found.resultIndex + 1} of ${found.resultCount}`
  return (
    <search className={css.bar} aria-label="Search in the terminal">
      <input
        ref={field}
        className={css.field}
        type="text"
        placeholder="Search"
        aria-label="Search for"
        aria-invalid={problem}
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') find(event.shiftKey ? 'next' : 'previous')
          if (event.key === 'Escape') onClose()
        }}
      />
      <output className={css.count} data-problem={problem || undefined}>
        {words}
      </output>
      <Toggle label="Match case" on={caseSensitive} set={setCaseSensitive} icon={<IconLetterCase size={16} stroke={1.75} />} />
      <Toggle label="Regular expression" on={regex} set={setRegex} icon={<IconRegex size={16} stroke={1.75} />} />
      <Tooltip label="Match above (Enter)">
        <ActionIcon size={24} aria-label="Match above" onClick={() => find('previous')}>
          <IconArrowUp size={15} stroke={1.75} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label="Match below (Shift Enter)">
        <ActionIcon size={24} aria-label="Match below" onClick={() => find('next')}>
          <IconArrowDown size={15} stroke={1.75} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label="Close (Esc)">
        <ActionIcon size={24} aria-label="Close the search" onClick={onClose}>
          <IconX size={15} stroke={1.75} />
        </ActionIcon>
      </Tooltip>
    </search>
  )
}

function Toggle({ label, on, set, icon }: { label: string; on: boolean; set(on: boolean): void; icon: React.ReactNode }) {
  return (
    <Tooltip label={label}>
      <ActionIcon size={24} className={css.toggle} aria-label={label} aria-pressed={on} onClick={() => set(!on)}>
        {icon}
      </ActionIcon>
    </Tooltip>
  )
}

function isRegex(text: string): boolean {
  try {
    new RegExp(text)
    return true
  } catch {
    return false
  }
}
