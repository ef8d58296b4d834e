import { ActionIcon } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { Fragment, useLayoutEffect, useRef, useState } from 'react'
import type { Terminal } from '../../../shared/terminal.ts'
import { setWidths } from '../../data/dock.ts'
import { type DockTab, isLog } from '../../data/dock-state.ts'
import { Divider } from './divider.tsx'
import { layoutOf } from './layout.ts'
import { LogPane } from './log-pane.tsx'
import css from './panes.module.css'
import { TerminalPane } from './terminal-pane.tsx'

/** Typing goes to all shells of a tab but those that are left out. */
export type ToAll = { tab: string; out: readonly string[] }

type Props = {
  tab: DockTab
  terminals: Map<string, Terminal>
  visible: boolean
  focused: string | null
  searching: string | null
  toAll: ToAll | null
  onToAll(to: ToAll | null): void
  onFocus(id: string): void
  onSearch(id: string | null): void
  onTitle(id: string, title: string): void
  onClose(terminal: Terminal): void
}

const PANE_LEAST_PX = 160

/**
 * The panes of one tab: side by side, with widths of their own, where they fit in one row; else in a grid, and what is more than can be
 * read is a page further, where it costs nothing.
 */
export function Panes(props: Props) {
  const { tab, terminals, visible, focused, searching, toAll, onToAll, onFocus, onSearch, onTitle, onClose } = props
  const box = useRef<HTMLDivElement>(null)
  const [size, setSize] = useState({ width: 0, height: 0 })
  const [dragged, setDragged] = useState<Record<string, number> | null>(null)
  const [page, setPage] = useState(0)
  useLayoutEffect(() => {
    const element = box.current
    if (!element || !visible) return
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight })
    const watch = new ResizeObserver(measure)
    watch.observe(element)
    measure()
    return () => watch.disconnect()
  }, [visible])

  const panes = tab.panes.flatMap((id): { id: string; terminal: Terminal | null }[] => {
    const terminal = terminals.get(id) ?? null
    return terminal || isLog(id) ? [{ id, terminal }] : []
  })
  const { columns, rows, perPage } = layoutOf(panes.length, size.width, size.height)
  const pages = Math.ceil(panes.length / perPage)
  const now = Math.min(page, pages - 1)
  // Until it was measured nothing is made that may turn out not to be seen.
  const shown = size.width > 0 || panes.length === 1 ? panes.slice(now * perPage, (now + 1) * perPage) : []
  const isRow = rows === 1 && pages === 1
  const widths = dragged ?? tab.widths ?? {}
  const living = panes.flatMap(({ id, terminal }) => (terminal && terminal.ended === null ? [id] : []))
  const all = toAll?.tab === tab.id ? living.filter((id) => !toAll.out.includes(id)) : null
  const turn = (by: number) => {
    setPage(now + by)
    const next = panes[(now + by) * perPage]
    if (next) onFocus(next.id)
  }

  return (
    <div className={css.tab} hidden={!visible}>
      {all && (
        <div className={css.banner} role="status">
          <strong>
            You type into {all.length} {all.length === 1 ? 'shell' : 'shells'} at once.
          </strong>
          <span>Click a name to leave one out. Ctrl Shift A ends it.</span>
          <button type="button" onClick={() => onToAll(null)}>
            Type into one
          </button>
        </div>
      )}
      <div
        className={isRow ? css.row : css.grid}
        ref={box}
        style={
          isRow
            ? undefined
            : { gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, gridTemplateRows: `repeat(${rows}, minmax(0, 1fr))` }
        }
      >
        {shown.map(({ id, terminal }, index) => {
          const last = index === shown.length - 1
          const share = widths[id]
          const give = (px: number) => ({ ...widths, [id]: Math.min(1, px / size.width) })
          return (
            <Fragment key={id}>
              <div
                className={css.pane}
                style={share === undefined || last || !isRow ? { flex: '1 1 0' } : { flex: `0 1 ${share * 100}%` }}
              >
                {terminal === null ? (
                  <LogPane log={id} focused={visible && focused === id} onFocus={() => onFocus(id)} />
                ) : (
                  <TerminalPane
                    terminal={terminal}
                    visible={visible}
                    focused={focused === id}
                    searching={searching === id}
                    along={
                      all && {
                        isIn: all.includes(id),
                        others: all.includes(id) ? all.filter((one) => one !== id) : [],
                        onToggle: () => {
                          const out = toAll?.out ?? []
                          onToAll({ tab: tab.id, out: out.includes(id) ? out.filter((one) => one !== id) : [...out, id] })
                        },
                      }
                    }
                    onFocus={() => onFocus(id)}
                    onSearch={(open) => {
                      onSearch(open ? id : null)
                      if (!open) onFocus(id)
                    }}
                    onTitle={(title) => onTitle(id, title)}
                    alone={panes.length === 1}
                    onCloseAsked={() => onClose(terminal)}
                  />
                )}
              </div>
              {isRow && !last && (
                <Divider
                  label={`Width of ${terminal?.title ?? 'the log'}`}
                  axis="x"
                  value={share === undefined ? size.width / panes.length : share * size.width}
                  min={PANE_LEAST_PX}
                  max={Math.max(PANE_LEAST_PX, size.width - PANE_LEAST_PX * (panes.length - 1))}
                  onChange={(px) => setDragged(give(px))}
                  onDone={(px) => {
                    setDragged(give(px)) // shown until the engine has it
                    void setWidths(tab.id, give(px)).then(() => setDragged(null))
                  }}
                />
              )}
            </Fragment>
          )
        })}
      </div>
      {pages > 1 && (
        <nav className={css.pages} aria-label="More panes of this tab">
          <ActionIcon aria-label="Panes before" disabled={now === 0} onClick={() => turn(-1)}>
            <IconChevronLeft size={16} stroke={1.75} />
          </ActionIcon>
          <span>
            {now * perPage + 1}–{Math.min(panes.length, (now + 1) * perPage)} of {panes.length}
          </span>
          <ActionIcon aria-label="Panes behind" disabled={now === pages - 1} onClick={() => turn(1)}>
            <IconChevronRight size={16} stroke={1.75} />
          </ActionIcon>
        </nav>
      )}
    </div>
  )
}
