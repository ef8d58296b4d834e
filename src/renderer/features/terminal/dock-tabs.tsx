import { IconFileText, IconX } from '@tabler/icons-react'
import { type KeyboardEvent, useState } from 'react'
import type { Terminal } from '../../../shared/terminal.ts'
import { showTab } from '../../data/dock.ts'
import { type DockTab, isLog } from '../../data/dock-state.ts'
import { useAllOperations, useClusters, useJobs } from '../../data/live.ts'
import { logTitle } from '../../data/log-title.ts'
import { api } from '../../rpc/connection.ts'
import { showError } from '../../ui/notice.tsx'
import { StateDot } from '../../ui/state-dot.tsx'
import css from './dock-tabs.module.css'

type Props = {
  tabs: DockTab[]
  terminals: Map<string, Terminal>
  active: string | null
  /** What the programs call themselves, by terminal. */
  titles: ReadonlyMap<string, string>
  onClose(terminals: Terminal[], logs: string[]): void
}

/** The tabs of the dock. Double click, or F2, renames a terminal. */
export function DockTabs({ tabs, terminals, active, titles, onClose }: Props) {
  const [renaming, setRenaming] = useState<string | null>(null)
  const known = { jobs: useJobs(), operations: useAllOperations(), clusters: useClusters() }
  return (
    <ul className={css.tabs} aria-label="Terminals">
      {tabs.map((tab) => {
        const panes = tab.panes.map((id) => terminals.get(id)).filter((one) => one !== undefined)
        const logs = tab.panes.filter(isLog)
        const [first] = panes
        if (!first && logs.length === 0) return null
        const lives = panes.some(({ ended }) => ended === null)
        const name = [...panes.map(({ title }) => title), ...logs.map((log) => `${logTitle(log, known)} · log`)].join(' · ')
        const close = () => onClose(panes, logs)
        const said = panes.map(({ id }) => titles.get(id)).find(Boolean)
        const onKeyDown = (event: KeyboardEvent) => {
          if (event.key === 'F2' && first) setRenaming(tab.id)
          if (event.key === 'Delete') close()
        }
        return (
          <li key={tab.id} className={css.tab} data-active={tab.id === active || undefined}>
            {renaming === tab.id && first ? (
              <Rename terminal={first} onDone={() => setRenaming(null)} />
            ) : (
              <button
                type="button"
                className={css.name}
                aria-current={tab.id === active ? 'true' : undefined}
                title={said ? `${name}\n${said}` : name}
                onClick={() => void showTab(tab.id)}
                onDoubleClick={() => first && setRenaming(tab.id)}
                onKeyDown={onKeyDown}
              >
                {first ? (
                  <StateDot tone={lives ? 'ready' : 'off'} word={lives ? 'Open' : 'Ended'} />
                ) : (
                  <IconFileText size={15} stroke={1.75} aria-hidden />
                )}
                <span>{name}</span>
              </button>
            )}
            <button type="button" className={css.close} aria-label={`Close ${name}`} onClick={close}>
              <IconX size={13} stroke={2} aria-hidden />
            </button>
          </li>
        )
      })}
    </ul>
  )
}

function Rename({ terminal, onDone }: { terminal: Terminal; onDone(): void }) {
  const [title, setTitle] = useState(terminal.title)
  const save = () => {
    const wanted = title.trim()
    onDone()
    if (wanted !== '' && wanted !== terminal.title)
      api.terminals.rename({ terminalId: terminal.id, title: wanted }).catch(showError)
  }
  return (
    <input
      className={css.rename}
      aria-label="Name of the terminal"
      // biome-ignore lint/a11y/noAutofocus: the user asked to write here
      autoFocus
      maxLength={80}
      size={Math.max(8, title.length)}
      value={title}
      onFocus={(event) => event.currentTarget.select()}
      onChange={(event) => setTitle(event.currentTarget.value)}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === 'Enter') save()
        if (event.key === 'Escape') onDone()
      }}
    />
  )
}
