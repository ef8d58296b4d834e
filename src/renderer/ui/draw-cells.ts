import { cellSprite } from './cell-sprites.ts'
import { type Cell, cellPitch } from './cells.ts'
import type { Ink } from './ink.ts'

/** Draws a row of cells into the box: each one of the pictures of {@link cellSprite}. */
export function drawCells(
  context: CanvasRenderingContext2D,
  cells: readonly Cell[],
  box: { x: number; y: number; width: number; height: number },
  ink: Ink,
): void {
  const { pitch_px, gap_px } = cellPitch(cells.length, box.width)
  for (const [i, cell] of cells.entries()) {
    const x = Math.round(i * pitch_px)
    const width = Math.max(1, Math.round((i + 1) * pitch_px) - x - gap_px)
    context.drawImage(cellSprite(cell, width, box.height, ink), box.x + x, box.y, width, box.height)
  }
}
