import { useElementSize, useHotkeys } from '@mantine/hooks'
import { IconFilterOff } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef, useState } from 'react'
import type { Cluster } from '../../../shared/cluster.ts'
import { useAllOperations, usePlaces } from '../../data/live.ts'
import { hasEnded } from '../../data/words.ts'
import { Empty } from '../../ui/empty.tsx'
import { BoardSummary } from './board-summary.tsx'
import css from './cluster-board.module.css'
import { ClusterCard } from './cluster-card.tsx'
import { type Filter, filterOf, matches } from './filter.ts'
import { PlaceCard } from './place-card.tsx'
import { StartNotices } from './start-notices.tsx'

const CARD_MIN_PX = 330
const GAP_PX = 12

/** A card for each cluster. Only the rows in sight are drawn, so that a hundred clusters scroll like one. */
export function ClusterBoard({ clusters }: { clusters: Cluster[] }) {
  const [filter, setFilter] = useState<Filter>('all')
  const operations = useAllOperations()
  const scroll = useRef<HTMLDivElement>(null)
  const { ref: grid, width } = useElementSize()
  const columns = Math.max(1, Math.floor((width + GAP_PX) / (CARD_MIN_PX + GAP_PX)))

  const shown = clusters.filter((cluster) => matches(filter, filterOf(cluster, operations[cluster.id])))
  const cards = [
    ...shown.map((cluster) => ({ key: cluster.id, card: <ClusterCard cluster={cluster} /> })),
    ...useFreePlaces(clusters)
      .filter(() => filter === 'all')
      .map((place) => ({ key: place.id, card: <PlaceCard place={place} /> })),
  ]
  const rows = useVirtualizer({
    count: width === 0 ? 0 : Math.ceil(cards.length / columns),
    getScrollElement: () => scroll.current,
    estimateSize: () => 240,
    overscan: 1,
    scrollMargin: 76,
  })
  useCardKeys(scroll)
  return (
    <div className={css.scroll} ref={scroll}>
      <StartNotices />
      <BoardSummary clusters={clusters} filter={filter} onFilter={setFilter} />
      <div ref={grid} style={{ position: 'relative', height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((row) => (
          <div
            key={row.key}
            ref={rows.measureElement}
            data-index={row.index}
            className={css.row}
            style={{
              gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
              transform: `translateY(${row.start - rows.options.scrollMargin}px)`,
            }}
          >
            {cards.slice(row.index * columns, (row.index + 1) * columns).map(({ key, card }) => (
              <div key={key} style={{ display: 'grid' }}>
                {card}
              </div>
            ))}
          </div>
        ))}
      </div>
      {cards.length === 0 && (
        <Empty icon={IconFilterOff} title="No cluster is in this state now">
          Choose All to see every cluster.
        </Empty>
      )}
    </div>
  )
}

/** Places on which no cluster lives: each keeps its card, with the way to launch. */
function useFreePlaces(clusters: Cluster[]) {
  const used = new Set(clusters.filter((cluster) => !hasEnded(cluster)).map(({ placeId }) => placeId))
  return usePlaces().filter(({ id }) => !used.has(id))
}

/** Arrows and j/k walk over the cards; Enter opens, since the focus is on the card's own link. */
function useCardKeys(scroll: React.RefObject<HTMLDivElement | null>) {
  const move = (by: number) => {
    const links = [...(scroll.current?.querySelectorAll<HTMLElement>('[data-card-link]') ?? [])]
    const at = links.indexOf(document.activeElement as HTMLElement)
    links[Math.min(links.length - 1, Math.max(0, at + by))]?.focus()
  }
  useHotkeys([
    ['ArrowDown', () => move(1)],
    ['ArrowUp', () => move(-1)],
    ['j', () => move(1)],
    ['k', () => move(-1)],
  ])
}
