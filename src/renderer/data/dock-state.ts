import type { Settings } from '../../shared/settings.ts'
import type { Terminal } from '../../shared/terminal.ts'

export type DockState = Settings['dock']
export type DockTab = DockState['tabs'][number]

/** A pane is a terminal, by its id, or a log, by its name: `job:ID`, `operation:ID`. */
export const isLog = (pane: string): boolean => /^(job|operation):/.test(pane)

/**
 * The tabs that there are to show: what the settings remember, less terminals that are gone, and with a tab of its own for each terminal
 * that no tab names (it was opened in another window).
 */
export function tabsShown(dock: DockState, terminals: Terminal[]): DockTab[] {
  const known = new Set(terminals.map(({ id }) => id))
  const tabs = dock.tabs
    .map((tab) => ({ ...tab, panes: tab.panes.filter((id) => known.has(id) || isLog(id)) }))
    .filter((tab) => tab.panes.length > 0)
  const placed = new Set(tabs.flatMap((tab) => tab.panes))
  return [...tabs, ...terminals.filter(({ id }) => !placed.has(id)).map(({ id }) => ({ id, panes: [id] }))]
}

/** The tab in front: the one remembered, else the last. */
export function activeTab(dock: DockState, tabs: DockTab[]): DockTab | null {
  return tabs.find(({ id }) => id === dock.active) ?? tabs.at(-1) ?? null
}

/** With a tab for these terminals or logs at the end, side by side, in front and the dock open. */
export function withTab(dock: DockState, tabs: DockTab[], first: string, ...beside: string[]): DockState {
  const panes = [first, ...beside]
  const others = tabs.filter(({ id }) => !panes.includes(id))
  return { ...dock, open: true, tabs: [...others, { id: first, panes }], active: first }
}

/** With this terminal as the last pane of a tab. */
export function withPane(dock: DockState, tabs: DockTab[], tabId: string, terminalId: string): DockState {
  const others = tabs.filter(({ id }) => id !== terminalId)
  return {
    ...dock,
    open: true,
    active: tabId,
    tabs: others.map((tab) => (tab.id === tabId ? { ...tab, panes: [...tab.panes, terminalId] } : tab)),
  }
}

/** Without this terminal or log; its neighbour comes to the front, and an empty dock closes. */
export function withoutPane(dock: DockState, tabs: DockTab[], pane: string): DockState {
  const at = tabs.findIndex(({ panes }) => panes.includes(pane))
  const left = tabs.map((tab) => ({ ...tab, panes: tab.panes.filter((id) => id !== pane) })).filter((tab) => tab.panes.length > 0)
  const stays = left.some(({ id }) => id === dock.active)
  const neighbour = left[Math.min(Math.max(at, 0), left.length - 1)]
  return { ...dock, tabs: left, open: dock.open && left.length > 0, active: stays ? dock.active : (neighbour?.id ?? null) }
}
