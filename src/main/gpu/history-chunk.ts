import { columnsOf, GPU_COLUMNS, MACHINE_COLUMNS } from '../../shared/history.ts'
import type { MachineSample } from '../../shared/machine.ts'
import { eachPacked, packColumns } from '../../shared/packed-columns.ts'

/** What a machine did in evenly spaced steps from `start` on (epoch ms), packed: its own columns, then those of each GPU. */
export type Chunk = { start: number; step_ms: number; gpus: readonly string[]; data: Uint8Array }

/** A step that begins at the edge of another must not fall short of it by a rounding error. */
const NUDGE = 1e-9

type Column = (number | null)[]

const FIRST_GPU = columnsOf(0)

/** A sample's readings in the order of a chunk's columns, for so many GPUs. */
export function readingsOf(sample: MachineSample, gpus: number): Column {
  const known = sample.cores_percent.filter((core) => core !== null)
  const cores = known.length === 0 ? null : known.reduce((sum, core) => sum + core, 0) / known.length
  const ofGpu = (gpu: number) => GPU_COLUMNS.map((name) => sample.gpus?.[name][gpu] ?? null)
  return [cores, ...MACHINE_COLUMNS.map((name) => sample[name]), ...Array.from({ length: gpus }, (_, gpu) => ofGpu(gpu)).flat()]
}

export const packChunk = (start: number, step_ms: number, gpus: readonly string[], columns: Column[]): Chunk => ({
  start,
  step_ms,
  gpus,
  data: packColumns(columns),
})

/**
 * Chunks of any steps in other, even steps from `start` on: each the mean of the steps of the chunks that begin in it, null where there
 * are none. This is how chunks are thinned, joined and read. Chunks that cannot be read are left out. Pure.
 */
export function resample(
  chunks: readonly Chunk[],
  to: { start: number; step_ms: number; steps: number },
): { gpus: string[]; columns: Column[] } {
  const gpus = [...new Set(chunks.flatMap((chunk) => chunk.gpus))]
  const width = columnsOf(gpus.length)
  const sums = new Float64Array(width * to.steps)
  const counts = new Uint32Array(width * to.steps)
  const places = new Map<readonly string[], Int32Array>()
  for (const { start, step_ms, gpus: own, data } of chunks) {
    const place = places.get(own) ?? placesOf(own, gpus)
    places.set(own, place)
    const first = (start - to.start) / to.step_ms
    const pace = step_ms / to.step_ms
    const steps: number[] = [] // of each row: all columns have the same
    try {
      eachPacked(data, place.length, (column, row, value) => {
        while (steps.length <= row) steps.push(Math.floor(first + steps.length * pace + NUDGE))
        const step = steps[row]!
        if (step < 0 || step >= to.steps) return
        const cell = place[column]! * to.steps + step
        sums[cell]! += value
        counts[cell]! += 1
      })
    } catch {
      // A gap, as its error says.
    }
  }
  const columns = Array.from({ length: width }, (): Column => [])
  for (const [i, column] of columns.entries())
    for (let cell = i * to.steps; cell < (i + 1) * to.steps; cell++)
      column.push(counts[cell] === 0 ? null : Math.round(sums[cell]! / counts[cell]!))
  return { gpus, columns }
}

/** Where the columns of a chunk are among those of more GPUs. */
const placesOf = (own: readonly string[], all: readonly string[]): Int32Array =>
  Int32Array.from({ length: columnsOf(own.length) }, (_, column) => {
    if (column < FIRST_GPU) return column
    const gpu = Math.floor((column - FIRST_GPU) / GPU_COLUMNS.length)
    return columnsOf(all.indexOf(own[gpu]!)) + ((column - FIRST_GPU) % GPU_COLUMNS.length)
  })
