/** How the panes of a tab lie: in rows and columns, and only so many as can be read at once. */
export type Layout = { columns: number; rows: number; perPage: number }

/** Some 38 columns and 6 rows of text. */
const LEAST_PX = { width: 320, height: 112 }
/** A page of the browser has 16 WebGL contexts. */
const PANES_MAX = 12

/** The layout of `count` panes in a space in px. */
export function layoutOf(count: number, width: number, height: number): Layout {
  const widest = Math.max(1, Math.floor(width / LEAST_PX.width))
  const highest = Math.max(1, Math.floor(height / LEAST_PX.height))
  const perPage = Math.max(1, Math.min(count, widest * highest, PANES_MAX))
  // Rows before columns would make lines too short: as few rows as they fit in, then columns of one width.
  const rows = Math.ceil(perPage / widest)
  return { columns: Math.ceil(perPage / rows), rows, perPage }
}
