import { useElementSize, useSessionStorage } from '@mantine/hooks'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type PointerEvent, useId, useMemo, useRef, useState } from 'react'
import { useWatch } from '../../data/samples.ts'
import { LiveText } from '../../ui/live-text.tsx'
import { PlainLink } from '../../ui/plain-link.tsx'
import { type BoardItem, machinesOf } from './items.ts'
import { moved, placeAt, placeBox, type WallPlace, wallLayout } from './wall-layout.ts'
import { WallLegend } from './wall-legend.tsx'
import { WallLine } from './wall-line.tsx'
import type { Metric } from './wall-metric.ts'
import { cellName, cellWords, type WallTile, wallTile } from './wall-tiles.ts'
import css from './wall-view.module.css'

const TIP_PX = { width: 264, height: 62, away: 6 }

/**
 * Every cluster a tile, every node a row, every GPU a cell. One link lies over one cell: under the pointer, or where the keys led it. So a
 * click and Enter open it as any link, in a new tab too.
 */
export function WallView({ items }: { items: readonly BoardItem[] }) {
  const scroll = useRef<HTMLDivElement>(null)
  const [metric, setMetric] = useSessionStorage<Metric>({
    key: 'wall-metric',
    defaultValue: 'use',
    getInitialValueInEffect: false,
  })
  const { ref: wall, width } = useElementSize()
  const { ref: frame, height } = useElementSize()
  const tiles = useTiles(items)
  const layout = useMemo(() => wallLayout(tiles, width, height), [tiles, width, height])
  const lines = useVirtualizer({
    count: width === 0 ? 0 : layout.lines.length,
    getScrollElement: () => scroll.current,
    estimateSize: (line) => layout.lines[line]?.height_px ?? 0,
    overscan: 1,
  })
  const sized = useRef(layout)
  if (sized.current !== layout) {
    sized.current = layout
    lines.measure()
  }
  const inSight = lines.getVirtualItems()
  const [first, last] = [layout.lines[inSight[0]?.index ?? 0], layout.lines[inSight.at(-1)?.index ?? -1]]
  useWatch(first && last ? items.slice(first.from, last.to).flatMap(machinesOf) : [], 0)

  const [at, setAt] = useState<WallPlace>({ tile: 0, row: 0, cell: 0 })
  const [tip, setTip] = useState<'pointer' | 'keys' | null>(null)
  const [spoken, setSpoken] = useState('')
  const box = placeBox(tiles, layout, at) ?? placeBox(tiles, layout, START)
  const place = box && placeBox(tiles, layout, at) ? at : START
  const tile = tiles[place.tile]

  const point = (event: PointerEvent) => {
    const corner = event.currentTarget.getBoundingClientRect()
    const under = placeAt(tiles, layout, event.clientX - corner.left, event.clientY - corner.top)
    setTip(under && 'pointer')
    if (under && (under.tile !== at.tile || under.row !== at.row || under.cell !== at.cell)) setAt(under)
  }
  const press = (event: KeyboardEvent) => {
    const to = moved(tiles, layout, place, event.key)
    if (to === place && !event.key.startsWith('Arrow')) return
    event.preventDefault()
    setAt(to)
    setTip('keys')
    setSpoken(`${cellName(tiles[to.tile]!, to)}: ${cellWords(tiles[to.tile]!, to)}`)
    lines.scrollToIndex(Math.floor(to.tile / layout.columns))
  }
  const tipId = useId()
  return (
    <>
      <WallLegend metric={metric} onMetric={setMetric} />
      <div className={css.scroll} ref={scroll}>
        <div ref={frame} className={css.frame}>
          <div
            ref={wall}
            className={css.wall}
            style={{ height: layout.height_px }}
            onPointerMove={point}
            onPointerLeave={() => setTip((now) => (now === 'pointer' ? null : now))}
          >
            {inSight.map(({ key, index }) => {
              const line = layout.lines[index]!
              return (
                <div key={key} className={css.line} style={{ transform: `translateY(${line.top_px}px)`, height: line.height_px }}>
                  <WallLine
                    tiles={tiles.slice(line.from, line.to)}
                    metric={metric}
                    tile_px={layout.tile_px}
                    row_px={layout.row_px}
                    cell_px={layout.cell_px}
                    height_px={line.height_px}
                  />
                </div>
              )
            })}
            {box && tile && (
              <>
                <PlainLink
                  to={`/clusters/${tile.item.cluster.id}`}
                  className={css.cursor}
                  data-shown={tip !== null}
                  data-wall-cursor
                  style={{ transform: `translate(${box.x}px, ${box.y}px)`, width: box.width, height: box.height }}
                  aria-label={cellName(tile, place)}
                  aria-describedby={tip ? tipId : undefined}
                  onKeyDown={press}
                  onFocus={() => setTip((now) => now ?? 'keys')}
                  onBlur={() => setTip(null)}
                />
                {tip && (
                  <div id={tipId} className={css.tip} role="tooltip" style={tipPlace(box, width, scroll.current)}>
                    <strong>{cellName(tile, place)}</strong>
                    <LiveText read={() => cellWords(tile, place)} />
                  </div>
                )}
              </>
            )}
          </div>
        </div>
      </div>
      <span className="visually-hidden" aria-live="polite">
        {spoken}
      </span>
    </>
  )
}

const START: WallPlace = { tile: 0, row: 0, cell: 0 }

/** A tile stays the same object while its item does, so that only what changed draws again. */
function useTiles(items: readonly BoardItem[]): WallTile[] {
  const known = useRef(new WeakMap<BoardItem, WallTile>())
  return useMemo(
    () =>
      items.map((item) => {
        const tile = known.current.get(item) ?? wallTile(item)
        known.current.set(item, tile)
        return tile
      }),
    [items],
  )
}

/** Below the cell, or above it where the screen ends. */
function tipPlace(box: { x: number; y: number; height: number }, width_px: number, scroll: HTMLElement | null) {
  const left = Math.max(0, Math.min(box.x, width_px - TIP_PX.width))
  const below = box.y + box.height + TIP_PX.away
  const end = scroll ? scroll.scrollTop + scroll.clientHeight : Number.POSITIVE_INFINITY
  const top = below + TIP_PX.height < end ? below : box.y - TIP_PX.away
  return { left, top, width: TIP_PX.width, ...(top < box.y && { transform: 'translateY(-100%)' }) }
}
