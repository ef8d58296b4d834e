import { expect, test } from 'vitest'
import type { Terminal } from '../../shared/terminal.ts'
import { activeTab, type DockState, tabsShown, withoutPane, withPane, withTab } from './dock-state.ts'

const terminals = ['a', 'b', 'c'].map((id) => ({ id }) as Terminal)
const dock = (tabs: string[][], active: string | null = null): DockState => ({
  open: true,
  height_px: 280,
  active,
  tabs: tabs.map((panes) => ({ id: panes[0] as string, panes })),
})
const panes = (state: { panes: string[] }[]) => state.map((tab) => tab.panes.join('+'))

test('what is gone is not shown, what no tab names gets one', () => {
  expect(panes(tabsShown(dock([['a', 'gone'], ['gone']]), terminals))).toEqual(['a', 'b', 'c'])
})

test('a tab whose first pane is gone keeps its place and name', () => {
  const tabs = tabsShown({ ...dock([]), tabs: [{ id: 'gone', panes: ['gone', 'b'] }] }, terminals)
  expect(tabs[0]).toEqual({ id: 'gone', panes: ['b'] })
})

test('the tab in front: the remembered one, else the last', () => {
  const tabs = tabsShown(dock([['a'], ['b'], ['c']]), terminals)
  expect(activeTab(dock([], 'b'), tabs)?.id).toBe('b')
  expect(activeTab(dock([], 'gone'), tabs)?.id).toBe('c')
  expect(activeTab(dock([]), [])).toBe(null)
})

test('a log has a tab like a terminal, and is there whatever runs', () => {
  const tabs = tabsShown(dock([['a'], ['b', 'job:7'], ['operation:x']]), terminals)
  expect(panes(tabs)).toEqual(['a', 'b+job:7', 'operation:x', 'c'])
  expect(panes(withTab(dock([]), tabs, 'job:8').tabs).at(-1)).toBe('job:8')
  expect(panes(withoutPane(dock([]), tabs, 'job:7').tabs)).toEqual(['a', 'b', 'operation:x', 'c'])
})

test('new tabs, new panes, and what closing brings to the front', () => {
  const tabs = tabsShown(dock([['a'], ['b'], ['c']]), terminals)
  const added = withTab(dock([], 'a'), tabs, 'd')
  expect([panes(added.tabs), added.active, added.open]).toEqual([['a', 'b', 'c', 'd'], 'd', true])
  expect(panes(withTab(dock([]), tabs, 'a').tabs)).toEqual(['b', 'c', 'a'])
  expect(panes(withTab(dock([]), tabs, 'c', 'a').tabs)).toEqual(['b', 'c+a'])
  expect(panes(withPane(dock([]), tabs, 'b', 'd').tabs)).toEqual(['a', 'b+d', 'c'])
  // The engine's change may tell of the new terminal before we place it.
  expect(panes(withPane(dock([]), tabs, 'b', 'c').tabs)).toEqual(['a', 'b+c'])
  const closed = withoutPane(dock([], 'b'), tabs, 'b')
  expect([panes(closed.tabs), closed.active]).toEqual([['a', 'c'], 'c'])
  const last = withoutPane(dock([], 'a'), [{ id: 'a', panes: ['a'] }], 'a')
  expect([last.tabs, last.active, last.open]).toEqual([[], null, false])
})
