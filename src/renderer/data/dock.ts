import type { Terminal, TerminalSize } from '../../shared/terminal.ts'
import { api } from '../rpc/connection.ts'
import { showError } from '../ui/notice.tsx'
import { activeTab, type DockState, type DockTab, tabsShown, withoutPane, withPane, withTab } from './dock-state.ts'
import { liveNow, writeSettings } from './live.ts'

/** Where a shell is opened: on a node, or on a place that is a machine. */
export type TerminalTarget = { is: 'node'; nodeId: string } | { is: 'place'; placeId: string }

/** What a new shell is told until its pane was laid out: the size of the pane before it. */
let lastSize: TerminalSize = { cols: 100, rows: 16 }

/** Remembers the size of a pane for the next shell. */
export function rememberSize(size: TerminalSize): void {
  lastSize = size
}

const targetOf = (terminal: Terminal): TerminalTarget =>
  terminal.nodeId === null ? { is: 'place', placeId: terminal.placeId } : { is: 'node', nodeId: terminal.nodeId }

/** Opens a shell in a tab of its own and brings it to the front. */
export async function openTerminal(on: TerminalTarget): Promise<void> {
  try {
    const { id } = await api.terminals.open({ on, size: lastSize })
    await change((dock, tabs) => withTab(dock, tabs, id))
  } catch (error) {
    showError(error)
  }
}

/** So high at least, where it is more than a row of panes. */
const MANY_HEIGHT_PX = 420

/** Opens a shell on each of some nodes, side by side in one tab. */
export async function openTerminals(nodeIds: string[]): Promise<void> {
  const opened = await Promise.allSettled(
    nodeIds.map((nodeId) => api.terminals.open({ on: { is: 'node', nodeId }, size: lastSize })),
  )
  const panes = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value.id] : []))
  for (const one of opened) if (one.status === 'rejected') showError(one.reason)
  const [first, ...beside] = panes
  if (!first) return
  await change((dock, tabs) => ({
    ...withTab(dock, tabs, first, ...beside),
    height_px: panes.length > 2 ? Math.max(dock.height_px, MANY_HEIGHT_PX) : dock.height_px,
  })).catch(showError)
}

/** Opens a shell beside the others of a tab, on the same machine. */
export async function splitTab(tabId: string, beside: Terminal): Promise<void> {
  try {
    const { id } = await api.terminals.open({ on: targetOf(beside), size: { ...lastSize, cols: Math.ceil(lastSize.cols / 2) } })
    await change((dock, tabs) => withPane(dock, tabs, tabId, id))
  } catch (error) {
    showError(error)
  }
}

/** Starts a new shell in a terminal whose shell has ended, below its text. */
export async function reopenTerminal(id: string): Promise<void> {
  try {
    await api.terminals.reopen({ terminalId: id })
  } catch (error) {
    showError(error)
  }
}

/** Ends the shell if it lives, and deletes its text. */
export async function closeTerminal(id: string): Promise<void> {
  try {
    // Its neighbour comes to the front at once; its own tab goes when the engine has ended it.
    await change((dock, tabs) => {
      const { active, open } = withoutPane(dock, tabs, id)
      return { ...dock, active, open }
    })
    await api.terminals.close({ terminalId: id })
  } catch (error) {
    showError(error)
  }
}

/** Shows a log, `job:ID` or `operation:ID`, in the dock: in the tab that it has already, or in one of its own. */
export const openLog = (log: string): Promise<void> =>
  change((dock, tabs) => {
    const tab = tabs.find(({ panes }) => panes.includes(log))
    return tab ? { ...dock, active: tab.id, open: true } : withTab(dock, tabs, log)
  }).catch(showError)

/** Takes a log out of the dock; it stays as it is. */
export const closeLog = (log: string): Promise<void> => change((dock, tabs) => withoutPane(dock, tabs, log)).catch(showError)

/** Brings a tab to the front. */
export const showTab = (id: string): Promise<void> => change((dock) => ({ ...dock, active: id, open: true })).catch(showError)

/** Keeps how much of the row the panes of a tab take. */
export const setWidths = (tabId: string, widths: Record<string, number>): Promise<void> =>
  change((dock, tabs) => ({ ...dock, tabs: tabs.map((tab) => (tab.id === tabId ? { ...tab, widths } : tab)) })).catch(showError)

export const setDockOpen = (open: boolean): Promise<void> => change((dock) => ({ ...dock, open })).catch(showError)

export const setDockHeight = (height_px: number): Promise<void> => change((dock) => ({ ...dock, height_px })).catch(showError)

/** Shows or hides the dock. With nothing in it, it opens a shell on the first place that is a machine. */
export async function toggleDock(): Promise<void> {
  const live = liveNow()
  if (!live) return
  const place = live.places.find(({ kind }) => kind === 'local')
  if (tabsShown(live.settings.dock, live.terminals).length === 0 && place) await openTerminal({ is: 'place', placeId: place.id })
  else await setDockOpen(!live.settings.dock.open)
}

/** Goes to the next tab, or the one before. */
export async function stepTab(by: 1 | -1): Promise<void> {
  const live = liveNow()
  if (!live) return
  const tabs = tabsShown(live.settings.dock, live.terminals)
  const at = tabs.findIndex(({ id }) => id === activeTab(live.settings.dock, tabs)?.id)
  const next = tabs[(at + by + tabs.length) % tabs.length]
  if (next) await showTab(next.id)
}

/** Settings are written whole by their top-level key: always from what is known at the moment of writing. */
async function change(to: (dock: DockState, tabs: DockTab[]) => DockState): Promise<void> {
  const live = liveNow()
  if (!live) return
  const { dock } = live.settings
  await writeSettings({ dock: to(dock, tabsShown(dock, live.terminals)) })
}
