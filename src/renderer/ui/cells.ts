import type { MachineSample } from '../../shared/machine.ts'

/** What one small bar says, 0–100 of the ramp. `null`: unknown; with `error` it should be known and is not. */
export type Cell = { percent: number | null; error?: boolean }

const CORES_SHOWN = 32
const FEW_WIDTH_PX = 96
const FEW = 4
const GAP_MOST_PX = 4

/** The cells of a machine: its GPUs (`known.gpus`: by which numbers, in a cluster those that it holds), else its cores, many cores averaged in neighbours. A machine not seen has as many unknown ones as it is known to have. */
export function machineCells(
  sample: MachineSample | undefined,
  known: { gpus: readonly number[]; cores: number | null },
): { cells: Cell[]; of: 'GPUs' | 'cores'; each: number } {
  if (known.gpus.length > 0) {
    const uses = sample?.gpus?.use_percent
    const problem = Boolean(sample?.gpuProblem)
    const cells = known.gpus.map((i) => {
      const percent = uses?.[i] ?? null
      return { percent, error: problem && percent === null }
    })
    return { of: 'GPUs', each: 1, cells }
  }
  const uses: (number | null)[] = sample?.cores_percent.length ? sample.cores_percent : Array(known.cores ?? 8).fill(null)
  const each = Math.ceil(uses.length / CORES_SHOWN)
  const cells: Cell[] = []
  for (let i = 0; i < uses.length; i += each) cells.push({ percent: mean(uses.slice(i, i + each)) })
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

/** How a row of so many cells lies in a width: each at `i * pitch_px`, `gap_px` narrower than that. */
export function cellPitch(cells: number, width_px: number): { pitch_px: number; gap_px: number } {
  const gap_px = Math.max(1, Math.min(GAP_MOST_PX, Math.round((width_px / Math.max(cells, FEW)) * 0.2)))
  // Two cores are not two walls.
  const widest = cells < 8 ? FEW_WIDTH_PX + gap_px : Number.POSITIVE_INFINITY
  return { pitch_px: Math.min(widest, (width_px + gap_px) / Math.max(cells, FEW)), gap_px }
}
