/**
 * Where the window stands in a log: the line at its top, and how many pixels of it are above. Never a height of all lines: ten
 * million of them are more pixels than a browser can scroll, and wrapped ones have heights that nobody knows before they are drawn.
 */
export type Top = { n: number; px: number }

/** The rows that there are: numbered like lines, those that are being written at the end. */
export type Rows = {
  first: number
  count: number
  /** Of a row, known or guessed; at least 1. */
  height(n: number): number
}

/** So far up that the last row just fits: where a follower stands. */
export function endTop(rows: Rows, view_px: number): Top {
  let n = rows.count
  let free_px = view_px
  while (n > rows.first && free_px > 0) free_px -= rows.height(--n)
  return { n, px: Math.max(0, -free_px) }
}

/** Moved by so many pixels, within the rows. */
export function moved(top: Top, by_px: number, rows: Rows, view_px: number): Top {
  let n = Math.min(Math.max(top.n, rows.first), Math.max(rows.first, rows.count - 1))
  let px = (n === top.n ? top.px : 0) + by_px
  while (px < 0 && n > rows.first) px += rows.height(--n)
  while (n < rows.count - 1 && px >= rows.height(n)) px -= rows.height(n++)
  return earlier({ n, px: Math.max(0, px) }, endTop(rows, view_px))
}

/** The line in sight: as near as it can be to a third of the window, or where it is if it stands there already. */
export function showing(n: number, top: Top, rows: Rows, view_px: number): Top {
  const { from, to } = inSight(top, rows, view_px)
  // A row that is cut by an edge is not in sight.
  if (n > from && n < to - 1) return top
  return moved({ n, px: 0 }, -Math.floor(view_px / 3), rows, view_px)
}

/** Is the last row in sight? */
export const isAtEnd = (top: Top, rows: Rows, view_px: number): boolean => {
  const end = endTop(rows, view_px)
  return top.n > end.n || (top.n === end.n && top.px >= end.px - 1)
}

/** The rows to draw: from the top until the window is full. */
export function inSight(top: Top, rows: Rows, view_px: number): { from: number; to: number } {
  let to = Math.max(top.n, rows.first)
  for (let y = -top.px; y < view_px && to < rows.count; to++) y += rows.height(to)
  return { from: Math.max(top.n, rows.first), to }
}

const earlier = (a: Top, b: Top) => (a.n < b.n || (a.n === b.n && a.px < b.px) ? a : b)
