import type { MachineSample } from '../../shared/machine.ts'
import { type Ink, rampStep } from './ink.ts'

/** What one small bar says. `null` use: unknown. */
export type Cell = { use_percent: number | null; error?: boolean }

const ROUND = 3
const CORES_SHOWN = 32
const FEW_WIDTH_PX = 96

/** The cells of a machine: its GPUs, else its cores, many cores averaged in neighbours. A machine not seen has as many unknown ones as it is known to have. */
export function machineCells(
  sample: MachineSample | undefined,
  known: { gpus: number; cores: number | null },
): { cells: Cell[]; of: 'GPUs' | 'cores'; each: number } {
  if (known.gpus > 0) {
    const uses = sample?.gpus?.use_percent
    const error = Boolean(sample?.gpuProblem)
    return {
      of: 'GPUs',
      each: 1,
      cells: Array.from({ length: known.gpus }, (_, i) => ({ use_percent: uses?.[i] ?? null, error })),
    }
  }
  const uses: (number | null)[] = sample?.cores_percent.length ? sample.cores_percent : Array(known.cores ?? 8).fill(null)
  const each = Math.ceil(uses.length / CORES_SHOWN)
  const cells: Cell[] = []
  for (let i = 0; i < uses.length; i += each) cells.push({ use_percent: mean(uses.slice(i, i + each)) })
  return { of: 'cores', each, cells }
}

/** The mean of what is known; null when nothing is. */
export function mean(values: readonly (number | null)[]): number | null {
  let sum = 0
  let known = 0
  for (const value of values) {
    if (value === null) continue
    sum += value
    known += 1
  }
  return known === 0 ? null : sum / known
}

/** The largest of what is known; null when nothing is. */
export function most(values: readonly (number | null)[]): number | null {
  return values.reduce((top, value) => (value !== null && (top === null || value > top) ? value : top), null)
}

/** Draws a row of cells into the box: coloured by use, empty when idle, hatched when unknown, edged in red on error. */
export function drawCells(
  context: CanvasRenderingContext2D,
  cells: readonly Cell[],
  box: { x: number; y: number; width: number; height: number },
  ink: Ink,
): void {
  const gap = cells.length > 24 ? 2 : cells.length > 12 ? 3 : 4
  // Two cores are not two walls.
  const widest = cells.length < 8 ? FEW_WIDTH_PX + gap : Number.POSITIVE_INFINITY
  const pitch = Math.min(widest, (box.width + gap) / Math.max(cells.length, 4))
  for (const [i, cell] of cells.entries()) {
    const x = box.x + Math.round(i * pitch)
    const width = Math.max(1, Math.round((i + 1) * pitch) - Math.round(i * pitch) - gap)
    context.beginPath()
    context.roundRect(x, box.y, width, box.height, Math.min(ROUND, width / 3))
    if (cell.use_percent === null) hatch(context, x, box.y, width, box.height, ink)
    else {
      context.fillStyle = ink.use[rampStep(cell.use_percent)]!
      context.fill()
    }
    if (cell.error) {
      context.strokeStyle = ink.failed
      context.lineWidth = 1.5
      context.stroke()
    }
  }
}

function hatch(context: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, ink: Ink) {
  context.save()
  context.save()
  context.clip()
  context.beginPath()
  for (let at = -height; at < width; at += 5) {
    context.moveTo(x + at, y + height)
    context.lineTo(x + at + height, y)
  }
  context.strokeStyle = ink.hatch
  context.globalAlpha = 0.55
  context.lineWidth = 1
  context.stroke()
  context.restore()
  context.beginPath()
  context.roundRect(x + 0.5, y + 0.5, width - 1, height - 1, Math.min(ROUND, width / 3))
  context.strokeStyle = ink.hatch
  context.globalAlpha = 0.6
  context.lineWidth = 1
  context.stroke()
  context.restore()
}
