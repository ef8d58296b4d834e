import { memo } from 'react'
import type { Node } from '../../../shared/node.ts'
import { clusterTone, clusterWord } from '../../data/words.ts'
import { type CellRow, RowWords, sampleOf } from '../../ui/cell-rows.tsx'
import { drawCells } from '../../ui/draw-cells.ts'
import { clusterUseWords } from '../../ui/cluster-use.ts'
import type { Ink } from '../../ui/ink.ts'
import { LiveCanvas } from '../../ui/live-canvas.tsx'
import { LiveText } from '../../ui/live-text.tsx'
import { PlainLink } from '../../ui/plain-link.tsx'
import { StateDot } from '../../ui/state-dot.tsx'
import { TILE_GAP_PX, TILE_HEAD_PX, type WallLayout } from './wall-layout.ts'
import { type Metric, metricCells, metricWords, tileWords } from './wall-metric.ts'
import type { WallTile } from './wall-tiles.ts'
import css from './wall-view.module.css'

type Props = { tiles: readonly WallTile[]; metric: Metric; tile_px: number; row_px: number; cell_px: number; height_px: number }

/** A row of tiles: the name of each cluster with its use, and below, on one canvas for all of them, their cells. */
export const WallLine = memo(
  function WallLine({ tiles, metric, tile_px, row_px, cell_px, height_px }: Props) {
    return (
      <>
        <div className={css.heads} style={{ gridTemplateColumns: `repeat(${tiles.length}, ${tile_px}px)`, height: TILE_HEAD_PX }}>
          {tiles.map(({ rows, item: { cluster, nodes, operation } }) => (
            <PlainLink key={cluster.id} to={`/clusters/${cluster.id}`} className={css.headOf} tabIndex={-1}>
              <StateDot tone={clusterTone(cluster, operation)} word={clusterWord(cluster, operation)} />
              <span title={cluster.name}>{cluster.name}</span>
              <LiveText
                className={css.use}
                read={() => (metric === 'use' ? clusterUseWords(cluster, nodes) : tileWords(rows.map(seenRow(nodes)), metric))}
              />
            </PlainLink>
          ))}
        </div>
        <LiveCanvas
          height_px={height_px - TILE_HEAD_PX}
          draw={(context, _, __, ink) => {
            for (const [i, tile] of tiles.entries())
              drawTile(context, tile, metric, i * (tile_px + TILE_GAP_PX), { tile_px, row_px, cell_px }, ink)
          }}
        >
          {tiles.map(({ item, rows }) => (
            <RowWords
              key={item.cluster.id}
              rows={rows}
              of={item.cluster.name}
              {...(metric !== 'use' && {
                say: (row) => metricWords(sampleOf(row), item.nodes[rows.findIndex(({ key }) => key === row.key)]!, metric),
              })}
            />
          ))}
        </LiveCanvas>
      </>
    )
  },
  // The tiles of a line are cut out anew at each render.
  (a, b) =>
    a.metric === b.metric &&
    a.tile_px === b.tile_px &&
    a.row_px === b.row_px &&
    a.height_px === b.height_px &&
    a.tiles.length === b.tiles.length &&
    a.tiles.every((tile, i) => tile === b.tiles[i]),
)

const seenRow = (nodes: readonly Node[]) => (row: CellRow, i: number) => ({ sample: sampleOf(row), node: nodes[i]! })

function drawTile(
  context: CanvasRenderingContext2D,
  { item, rows, word }: WallTile,
  metric: Metric,
  x: number,
  { tile_px, row_px, cell_px }: Pick<WallLayout, 'tile_px' | 'row_px' | 'cell_px'>,
  ink: Ink,
) {
  for (const [i, row] of rows.entries())
    drawCells(
      context,
      metricCells(sampleOf(row), item.nodes[i]!, metric),
      { x, y: i * row_px, width: tile_px, height: cell_px },
      ink,
    )
  if (word === null) return
  context.font = '12px "Inter Variable", system-ui, sans-serif'
  context.textBaseline = 'top'
  context.fillStyle = ink.text3
  context.fillText(word, x, 3, tile_px)
}
