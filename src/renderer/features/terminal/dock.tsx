import { ActionIcon, Tooltip } from '@mantine/core'
import { IconChevronDown, IconChevronUp, IconColumns2, IconKeyboard, IconSearch } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import type { Terminal } from '../../../shared/terminal.ts'
import { closeLog, closeTerminal, setDockHeight, setDockOpen, splitTab, toggleDock } from '../../data/dock.ts'
import { activeTab, tabsShown } from '../../data/dock-state.ts'
import { useSettings, useTerminals } from '../../data/live.ts'
import { confirm } from '../../ui/confirm.tsx'
import { Divider } from './divider.tsx'
import css from './dock.module.css'
import { DockTabs } from './dock-tabs.tsx'
import { NewShell } from './new-shell.tsx'
import { Panes, type ToAll } from './panes.tsx'

const LEAST_PX = 120
/** What the dock leaves of the view above it. */
const VIEW_LEAST_PX = 140

/** Terminals and logs at the bottom of every view. Closed, it is one line with its tabs; with nothing in it, nothing. */
export function Dock() {
  const { dock } = useSettings()
  const terminals = useTerminals()
  const [titles, setTitles] = useState<ReadonlyMap<string, string>>(new Map())
  const [focused, setFocused] = useState<string | null>(null)
  const [searching, setSearching] = useState<string | null>(null)
  const [dragged_px, setDragged] = useState<number | null>(null)

  const tabs = tabsShown(dock, terminals)
  const byId = new Map(terminals.map((terminal) => [terminal.id, terminal]))
  const active = activeTab(dock, tabs)
  const current = active?.panes.includes(focused ?? '') ? (focused as string) : (active?.panes.at(-1) ?? null)
  const shell = byId.get(current ?? '') // none: a log is in front
  useKey(isDockKey, () => void toggleDock())

  const [toAll, setToAll] = useState<ToAll | null>(null)
  const several = (active?.panes.filter((id) => byId.get(id)?.ended === null).length ?? 0) > 1
  const toggleToAll = () => setToAll((old) => (old || !active ? null : { tab: active.id, out: [] }))
  // Never behind the back of who types: with the tab out of sight, or one shell left, it is over.
  if (toAll && (!dock.open || toAll.tab !== active?.id || !several)) setToAll(null)
  useKey(isToAllKey, dock.open && several ? toggleToAll : null)

  // Whatever brings a tab to the front or opens the dock gives it the keyboard; the first picture of a page does not.
  const front = dock.open && active ? `${active.id} ${active.panes.length}` : null
  const before = useRef(front)
  useEffect(() => {
    if (front !== before.current) setFocused(front === null ? null : (active?.panes.at(-1) ?? null))
    before.current = front
  }, [front, active])

  if (tabs.length === 0) return null
  const most_px = Math.max(LEAST_PX, window.innerHeight - VIEW_LEAST_PX)
  const height_px = Math.min(dragged_px ?? dock.height_px, most_px)
  return (
    <section className={css.dock} aria-label="Dock" data-open={dock.open || undefined}>
      <Divider
        label="Height of the dock"
        axis="y"
        value={height_px}
        min={LEAST_PX}
        max={most_px}
        onChange={setDragged}
        onDone={(px) => {
          setDragged(null)
          void setDockHeight(px)
        }}
      />
      <div className={css.bar}>
        <DockTabs tabs={tabs} terminals={byId} active={dock.open ? (active?.id ?? null) : null} titles={titles} onClose={close} />
        <NewShell />
        <div className={css.end}>
          {dock.open && active && shell && (
            <>
              {several && (
                <Tooltip label="What you type goes to all shells of this tab (Ctrl Shift A)">
                  <ActionIcon aria-label="Type into all" aria-pressed={toAll !== null} onClick={toggleToAll}>
                    <IconKeyboard size={16} stroke={1.75} />
                  </ActionIcon>
                </Tooltip>
              )}
              <Tooltip label="Another terminal beside it">
                <ActionIcon aria-label="Split" onClick={() => void splitTab(active.id, shell)}>
                  <IconColumns2 size={16} stroke={1.75} />
                </ActionIcon>
              </Tooltip>
              <Tooltip label="Search (Ctrl Shift F)">
                <ActionIcon aria-label="Search in the terminal" onClick={() => setSearching(shell.id)}>
                  <IconSearch size={16} stroke={1.75} />
                </ActionIcon>
              </Tooltip>
            </>
          )}
          <Tooltip label={dock.open ? 'Hide (Ctrl `)' : 'Show (Ctrl `)'}>
            <ActionIcon aria-label={dock.open ? 'Hide the dock' : 'Show the dock'} onClick={() => void setDockOpen(!dock.open)}>
              {dock.open ? <IconChevronDown size={16} stroke={1.75} /> : <IconChevronUp size={16} stroke={1.75} />}
            </ActionIcon>
          </Tooltip>
        </div>
      </div>
      <div className={css.panels} style={{ height: height_px }} hidden={!dock.open}>
        {tabs.map((tab) => (
          <Panes
            key={tab.id}
            tab={tab}
            terminals={byId}
            visible={dock.open && tab.id === active?.id}
            focused={focused}
            searching={searching}
            toAll={toAll}
            onToAll={setToAll}
            onFocus={setFocused}
            onSearch={setSearching}
            onTitle={(id, title) => setTitles((old) => new Map(old).set(id, title))}
            onClose={(terminal) => close([terminal], [])}
          />
        ))}
      </div>
    </section>
  )
}

/** Ctrl ` */
const isDockKey = ({ key, code, shiftKey }: KeyboardEvent) => !shiftKey && (key === '`' || code === 'Backquote')

/** Ctrl Shift A */
const isToAllKey = ({ code, shiftKey }: KeyboardEvent) => shiftKey && code === 'KeyA'

/** A key with Ctrl or Cmd, anywhere, also inside a terminal. `run` null: it is left to others. */
function useKey(isIt: (event: KeyboardEvent) => boolean, run: (() => void) | null): void {
  const now = useRef(run)
  now.current = run
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || !isIt(event) || !now.current) return
      event.preventDefault()
      event.stopPropagation()
      now.current()
    }
    window.addEventListener('keydown', onKey, true)
    return () => window.removeEventListener('keydown', onKey, true)
  }, [isIt])
}

/** Closes terminals and logs; asks first where a shell lives. */
function close(terminals: Terminal[], logs: string[]): void {
  const living = terminals.filter(({ ended }) => ended === null)
  const closeAll = async () => {
    // Settings are written whole: one after the other.
    for (const log of logs) await closeLog(log)
    await Promise.all(terminals.map(({ id }) => closeTerminal(id)))
  }
  const [first] = living
  if (!first) void closeAll()
  else
    confirm({
      title: living.length === 1 ? `Close the terminal ${first.title}?` : `Close ${living.length} terminals?`,
      children:
        living.length === 1 ? (
          <p>Its shell ends, with what runs in it, and its text is deleted.</p>
        ) : (
          <p>
            The shells of {living.map(({ title }) => title).join(' and ')} end, with what runs in them, and their text is deleted.
          </p>
        ),
      keep: 'Keep',
      choices: [{ label: living.length === 1 ? 'End the shell' : 'End the shells', danger: true, run: closeAll }],
    })
}
