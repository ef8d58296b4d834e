import { cellPitch } from '../../ui/cells.ts'

/** Where on the wall: which cluster, which of its nodes, which cell of that. */
export type WallPlace = { tile: number; row: number; cell: number }

/** How many cells each row of a tile has. No rows: a tile of words. */
type Tile = { rows: readonly { cells: number }[] }

export type WallLayout = {
  columns: number
  tile_px: number
  row_px: number
  cell_px: number
  /** Rows of tiles, from the top. */
  lines: { from: number; to: number; top_px: number; height_px: number }[]
  height_px: number
}

export const TILE_GAP_PX = 10
export const TILE_HEAD_PX = 20
const LINE_GAP_PX = 12
/** So high is a tile of words. */
const WORD_ROWS = 2

/** From the largest: the wall of one cluster is no postage stamp, and that of a hundred fits. */
const SIZES = [
  { tile_px: 400, row_px: 26, cell_px: 20 },
  { tile_px: 280, row_px: 20, cell_px: 16 },
  { tile_px: 200, row_px: 15, cell_px: 12 },
  { tile_px: 150, row_px: 12, cell_px: 10 },
  { tile_px: 104, row_px: 9, cell_px: 7 },
] as const

/** Tiles as large as they can be while all of them are in sight; where they cannot all be, the smallest. Pure. */
export function wallLayout(tiles: readonly Tile[], width_px: number, height_px: number): WallLayout {
  let layout = layoutOf(tiles, width_px, SIZES[0])
  for (const size of SIZES) {
    layout = layoutOf(tiles, width_px, size)
    if (layout.height_px <= height_px) break
  }
  return layout
}

function layoutOf(tiles: readonly Tile[], width_px: number, size: (typeof SIZES)[number]): WallLayout {
  const columns = Math.max(1, Math.floor((width_px + TILE_GAP_PX) / (size.tile_px + TILE_GAP_PX)))
  // The rest of the width is theirs too, but few tiles do not grow into banners.
  const filled = Math.floor((width_px + TILE_GAP_PX) / columns) - TILE_GAP_PX
  const tile_px = Math.max(1, Math.min(filled, Math.round(size.tile_px * 1.5)))
  const lines: WallLayout['lines'] = []
  let top_px = 0
  for (let from = 0; from < tiles.length; from += columns) {
    const to = Math.min(tiles.length, from + columns)
    const rows = Math.max(...tiles.slice(from, to).map((tile) => tile.rows.length || WORD_ROWS))
    const height_px = TILE_HEAD_PX + rows * size.row_px + LINE_GAP_PX
    lines.push({ from, to, top_px, height_px })
    top_px += height_px
  }
  return { columns, tile_px, row_px: size.row_px, cell_px: size.cell_px, lines, height_px: top_px }
}

/** Where a cell lies, in px from the wall's own corner; null when there is none. */
export function placeBox(tiles: readonly Tile[], layout: WallLayout, at: WallPlace) {
  const line = layout.lines[Math.floor(at.tile / layout.columns)]
  const row = tiles[at.tile]?.rows[at.row]
  if (!line || !row || at.cell >= row.cells) return null
  const { pitch_px, gap_px } = cellPitch(row.cells, layout.tile_px)
  const x = Math.round(at.cell * pitch_px)
  return {
    x: (at.tile - line.from) * (layout.tile_px + TILE_GAP_PX) + x,
    y: line.top_px + TILE_HEAD_PX + at.row * layout.row_px,
    width: Math.max(1, Math.round((at.cell + 1) * pitch_px) - x - gap_px),
    height: layout.cell_px,
  }
}

/** The cell under a point; null beside all of them. The gaps belong to the cell before them, so that nothing flickers. */
export function placeAt(tiles: readonly Tile[], layout: WallLayout, x: number, y: number): WallPlace | null {
  const line = layout.lines.find(({ top_px, height_px }) => y >= top_px && y < top_px + height_px)
  const column = Math.floor(x / (layout.tile_px + TILE_GAP_PX))
  if (!line || column < 0 || column >= layout.columns) return null
  const tile = line.from + column
  const row = Math.floor((y - line.top_px - TILE_HEAD_PX) / layout.row_px)
  const cells = tile < line.to ? tiles[tile]?.rows[row]?.cells : undefined
  if (cells === undefined) return null
  const cell = Math.floor((x - column * (layout.tile_px + TILE_GAP_PX)) / cellPitch(cells, layout.tile_px).pitch_px)
  return cell < cells ? { tile, row, cell } : null
}

/** Where a key leads: cell by cell, over the edge of a tile into the next. The same place where there is nothing further. Pure. */
export function moved(tiles: readonly Tile[], layout: WallLayout, at: WallPlace, key: string): WallPlace {
  const last = tiles.length - 1
  switch (key) {
    case 'ArrowLeft':
      return at.cell > 0 ? { ...at, cell: at.cell - 1 } : enter(tiles, at, -1, { row: at.row, cell: Number.POSITIVE_INFINITY })
    case 'ArrowRight':
      return at.cell < cellsAt(tiles, at) - 1 ? { ...at, cell: at.cell + 1 } : enter(tiles, at, 1, { row: at.row, cell: 0 })
    case 'ArrowUp':
      return at.row > 0
        ? clamped(tiles, { ...at, row: at.row - 1 })
        : enter(tiles, at, -layout.columns, { row: Number.POSITIVE_INFINITY, cell: at.cell })
    case 'ArrowDown':
      return at.row < tiles[at.tile]!.rows.length - 1
        ? clamped(tiles, { ...at, row: at.row + 1 })
        : enter(tiles, at, layout.columns, { row: 0, cell: at.cell })
    case 'Home':
      return enter(tiles, { ...at, tile: -1 }, 1, { row: 0, cell: 0 }, at)
    case 'End':
      return enter(tiles, { ...at, tile: last + 1 }, -1, { row: 0, cell: 0 }, at)
    default:
      return at
  }
}

const cellsAt = (tiles: readonly Tile[], at: WallPlace) => tiles[at.tile]?.rows[at.row]?.cells ?? 0

/** The nearest cell that there is in the tile. */
function clamped(tiles: readonly Tile[], { tile, row, cell }: WallPlace): WallPlace {
  const there = Math.min(row, (tiles[tile]?.rows.length ?? 1) - 1)
  return { tile, row: there, cell: Math.max(0, Math.min(cell, cellsAt(tiles, { tile, row: there, cell: 0 }) - 1)) }
}

/** Into the next tile in steps of `by` that has cells; `stay` when there is none. */
function enter(
  tiles: readonly Tile[],
  from: WallPlace,
  by: number,
  there: { row: number; cell: number },
  stay: WallPlace = from,
): WallPlace {
  for (let tile = from.tile + by; tile >= 0 && tile < tiles.length; tile += by)
    if (tiles[tile]!.rows.length > 0) return clamped(tiles, { tile, ...there })
  return stay
}
