import { useElementSize } from '@mantine/hooks'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef } from 'react'
import type { Place } from '../../../shared/place.ts'
import { useWatch } from '../../data/samples.ts'
import { isOpen } from '../../data/words.ts'
import css from './cards-view.module.css'
import { ClusterCard, ROWS_MOST } from './cluster-card.tsx'
import { type BoardItem, machinesOf } from './items.ts'
import { PlaceCard } from './place-card.tsx'
import { PoolCard } from './pool-card.tsx'
import { useClusterKeys } from './use-cluster-keys.ts'

const CARD_MIN_PX = 330
const GAP_PX = 12
const PADDING_PX = 16
const ROW_PX = 21

/** A card for each cluster, then one for each place on which none lives. Only those in sight are there, so that a hundred scroll like one. */
export function CardsView({ items, places }: { items: readonly BoardItem[]; places: readonly Place[] }) {
  const scroll = useRef<HTMLDivElement>(null)
  const { ref: grid, width } = useElementSize()
  const columns = Math.max(1, Math.floor((width + GAP_PX) / (CARD_MIN_PX + GAP_PX)))
  const count = items.length + places.length
  const rows = useVirtualizer({
    count: width === 0 ? 0 : Math.ceil(count / columns),
    getScrollElement: () => scroll.current,
    estimateSize: (row) => GAP_PX + Math.max(...items.slice(row * columns, (row + 1) * columns).map(heightOf), CARD_PX),
    overscan: 1,
    paddingEnd: PADDING_PX - GAP_PX,
  })
  const inSight = rows.getVirtualItems()
  const from = (inSight[0]?.index ?? 0) * columns
  const to = ((inSight.at(-1)?.index ?? -1) + 1) * columns
  useWatch(items.slice(from, to).flatMap(machinesOf), 0)
  useClusterKeys(scroll)
  return (
    <div className={css.scroll} ref={scroll}>
      <div ref={grid} style={{ position: 'relative', height: rows.getTotalSize() }}>
        {inSight.map((row) => (
          <div
            key={row.key}
            ref={rows.measureElement}
            data-index={row.index}
            className={css.row}
            style={{
              gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
              transform: `translateY(${row.start}px)`,
            }}
          >
            {Array.from({ length: Math.min(columns, count - row.index * columns) }, (_, i) => {
              const at = row.index * columns + i
              const item = items[at]
              if (item) return <ClusterCard key={item.cluster.id} item={item} />
              const place = places[at - items.length]!
              return place.kind === 'ssh' ? <PoolCard key={place.id} pool={place} /> : <PlaceCard key={place.id} place={place} />
            })}
          </div>
        ))}
      </div>
    </div>
  )
}

/** The least that a card is high, and what a card of these parts will be about: measured once it is there. */
const CARD_PX = 148
function heightOf({ nodes, jobs, notes, group, operation }: BoardItem): number {
  const parts = 108 + Math.min(nodes.length, ROWS_MOST) * ROW_PX + (jobs.length > 0 ? 28 : 0)
  return parts + (notes.length > 0 || group === 'needs' ? 90 : 0) + (isOpen(operation) ? 110 : 0)
}
