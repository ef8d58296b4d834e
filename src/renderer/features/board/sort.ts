import { heldGpus } from '../../../shared/holders.ts'
import type { BoardSort } from '../../../shared/settings.ts'
import type { Group } from './filter.ts'
import { type BoardItem, machinesOf } from './items.ts'

export type SortKey = BoardSort['by']

/** What to call each order, and whether its first click goes down: from the most of a number, from A of a name. */
export const orders: Record<SortKey, { word: string; down: boolean }> = {
  launched: { word: 'Launched', down: false },
  name: { word: 'Name', down: false },
  state: { word: 'State', down: false },
  place: { word: 'Place', down: false },
  gpus: { word: 'GPUs', down: true },
  use: { word: 'Use', down: true },
  jobs: { word: 'Jobs', down: true },
}

/** What needs the user comes first. */
const urgency: Record<Group, number> = { needs: 0, moving: 1, ready: 2, stopped: 3, ended: 4 }

const names = new Intl.Collator('en', { numeric: true })

/** 0–100 of what runs on it; null: not seen. */
type UseOf = (item: BoardItem) => number | null

/** The items in the order that was chosen; those alike stay in the order of their launch. Pure. */
export function sortItems(items: readonly BoardItem[], { by, down }: BoardSort, useOf: UseOf): BoardItem[] {
  const compare = comparison(items, by, useOf)
  return items.toSorted((a, b) => (down ? compare(b, a) : compare(a, b)))
}

function comparison(items: readonly BoardItem[], by: SortKey, useOf: UseOf): (a: BoardItem, b: BoardItem) => number {
  if (by === 'launched') return (a, b) => a.cluster.createdAt - b.cluster.createdAt
  if (by === 'name') return (a, b) => names.compare(a.cluster.name, b.cluster.name)
  if (by === 'place') return (a, b) => names.compare(a.place?.name ?? '', b.place?.name ?? '')
  const values = new Map(items.map((item) => [item, rankOf(item, by, useOf)]))
  return (a, b) => values.get(a)! - values.get(b)!
}

function rankOf(item: BoardItem, by: 'state' | 'gpus' | 'use' | 'jobs', useOf: UseOf): number {
  if (by === 'state') return urgency[item.group]
  if (by === 'jobs') return item.jobs.length
  if (by === 'gpus') return gpuCount(item)
  // What is not seen is not idle: it comes behind.
  return machinesOf(item).length === 0 ? -1 : (useOf(item) ?? -1)
}

export const gpuCount = ({ nodes }: BoardItem) => nodes.reduce((sum, node) => sum + heldGpus(node).length, 0)
