import { useSessionStorage } from '@mantine/hooks'
import { IconFilterOff } from '@tabler/icons-react'
import { Button } from '@mantine/core'
import { usePlaces, useSettings } from '../../data/live.ts'
import { hasEnded } from '../../data/words.ts'
import { Empty } from '../../ui/empty.tsx'
import { BoardSummary } from './board-summary.tsx'
import { BoardTools, BoardViews } from './board-tools.tsx'
import { CardsView } from './cards-view.tsx'
import css from './cluster-board.module.css'
import { type Filter, SHOW_ALL } from './filter.ts'
import type { BoardItem } from './items.ts'
import { StartNotices } from './start-notices.tsx'
import { TableView } from './table-view.tsx'
import { useItems, useShown } from './use-items.ts'
import { WallView } from './wall-view.tsx'

/** Every cluster at one glance, as cards, as a table, or as a wall of GPUs: what is shown and in which order is the same in all three. */
export function ClusterBoard() {
  const { board } = useSettings()
  // As long as the window lives: whoever comes back from a cluster finds the board as it was left.
  const [filter, setFilter] = useSessionStorage<Filter>({
    key: 'board-filter',
    defaultValue: SHOW_ALL,
    getInitialValueInEffect: false,
  })
  const items = useItems()
  // One alone needs no order, and is found by itself.
  const several = items.length > 1
  const shown = useShown(items, several ? filter : SHOW_ALL, board.sort)
  const free = useFreePlaces(items)
  const places = filter.show === 'all' && filter.placeId === null && filter.words === '' ? free : []
  const nothing = shown.length === 0 && places.length === 0
  return (
    <div className={css.board}>
      <div className={css.top}>
        <StartNotices />
        <div className={css.head}>
          <BoardSummary items={items} />
          <BoardViews />
        </div>
        {several && <BoardTools items={items} filter={filter} onFilter={setFilter} />}
      </div>
      {nothing ? (
        <Empty
          icon={IconFilterOff}
          title={filter.words ? `No cluster is found by “${filter.words}”` : 'No cluster is in this state now'}
          actions={<Button onClick={() => setFilter(SHOW_ALL)}>Show all</Button>}
        >
          {filter.words
            ? 'Names, places, hosts, GPUs, jobs and what needs you are searched.'
            : 'Clusters come and go here by themselves.'}
        </Empty>
      ) : board.view === 'table' ? (
        <TableView items={shown} />
      ) : board.view === 'wall' ? (
        <WallView items={shown} />
      ) : (
        <CardsView items={shown} places={places} />
      )}
    </div>
  )
}

/** Places on which no cluster lives: each keeps its card, with the way to launch. */
function useFreePlaces(items: readonly BoardItem[]) {
  const used = new Set(items.filter(({ cluster }) => !hasEnded(cluster)).map(({ cluster }) => cluster.placeId))
  return usePlaces().filter(({ id }) => !used.has(id))
}
