import { useMemo, useRef, useState } from 'react'
import type { BoardSort } from '../../../shared/settings.ts'
import { useLive } from '../../data/live.ts'
import { meanUse } from '../../ui/cluster-use.ts'
import { type Filter, matches } from './filter.ts'
import { type BoardItem, boardItems } from './items.ts'
import { sortItems } from './sort.ts'

/** Every cluster with all that the board says of it. */
export function useItems(): readonly BoardItem[] {
  const live = useLive((all) => all)
  const before = useRef<readonly BoardItem[]>([])
  return useMemo(() => {
    if (live) before.current = boardItems(live, before.current)
    return before.current
  }, [live])
}

/**
 * Those that the filter lets through, in order. An order by numbers is taken when it is chosen and when clusters come and go: nothing moves
 * because a number changed.
 */
export function useShown(items: readonly BoardItem[], filter: Filter, sort: BoardSort): BoardItem[] {
  const key = [sort.by, sort.down, ...items.map(({ cluster }) => cluster.id)].join(' ')
  const [order, setOrder] = useState<{ key: string; at: Map<string, number> } | null>(null)
  let current = order
  if (current?.key !== key) {
    current = { key, at: new Map(sortItems(items, sort, ({ nodes }) => meanUse(nodes)).map(({ cluster }, i) => [cluster.id, i])) }
    setOrder(current)
  }
  const { at } = current
  return useMemo(
    () => items.filter((item) => matches(filter, item)).sort((a, b) => at.get(a.cluster.id)! - at.get(b.cluster.id)!),
    [items, filter, at],
  )
}
