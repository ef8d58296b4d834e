import * as z from 'zod'
import type { MachineSample } from './machine.ts'
import { eachPacked } from './packed-columns.ts'

type Column = (number | null)[]

/** In the order in which they are packed: append-only, what is on the disk goes by it. The mean of the cores comes before them. */
export const MACHINE_COLUMNS = [
  'memoryUsed_MiB',
  'memoryTotal_MiB',
  'swapUsed_MiB',
  'diskUsed_MiB',
  'diskFree_MiB',
  'down_Bps',
  'up_Bps',
  'temperature_C',
] as const satisfies (keyof MachineSample)[]
export const GPU_COLUMNS = ['use_percent', 'memoryUsed_MiB', 'temperature_C', 'power_W'] as const satisfies (keyof NonNullable<
  MachineSample['gpus']
>)[]

/**
 * What a machine did over a span of time, in columns for a chart. `at` holds the middle of each step, evenly spaced; a step in which
 * nothing was read is null in every column (a gap is a gap). Values are means over the step.
 */
export type MachineHistory = {
  machineId: string
  from: number
  to: number
  step_ms: number
  at: number[]
  /** Mean over the cores. */
  cores_percent: Column
  gpus: ({ uuid: string } & Record<(typeof GPU_COLUMNS)[number], Column>)[]
} & Record<(typeof MACHINE_COLUMNS)[number], Column>

/** A {@link MachineHistory} as it crosses to the screen: as numbers, those of 64 GPUs would cost both ends more than reading and drawing them. */
export const packedHistory = z.object({
  machineId: z.string(),
  from: z.number(),
  to: z.number(),
  step_ms: z.number(),
  /** UUIDs, in the order of the columns. */
  gpus: z.array(z.string()),
  /** packed-columns.ts, in base64. */
  columns: z.base64(),
})
export type PackedHistory = z.infer<typeof packedHistory>

/** Of so many columns, those of each GPU follow those of the machine. */
export const columnsOf = (gpus: number): number => 1 + MACHINE_COLUMNS.length + gpus * GPU_COLUMNS.length

/**
 * What was packed.
 * @throws StyxError `history.unreadable`
 */
export function unpackHistory({ machineId, from, to, step_ms, gpus, columns: packed }: PackedHistory): MachineHistory {
  const at = Array.from({ length: Math.round((to - from) / step_ms) }, (_, step) => from + (step + 0.5) * step_ms)
  const columns = Array.from({ length: columnsOf(gpus.length) }, (): Column => new Array(at.length).fill(null))
  const bytes = Uint8Array.from(atob(packed), (char) => char.charCodeAt(0))
  eachPacked(bytes, columns.length, (column, row, value) => {
    columns[column]![row] = value
  })
  const named = <Name extends string>(names: readonly Name[], first: number) =>
    Object.fromEntries(names.map((name, i) => [name, columns[first + i]!])) as Record<Name, Column>
  return {
    machineId,
    from,
    to,
    step_ms,
    at,
    cores_percent: columns[0]!,
    ...named(MACHINE_COLUMNS, 1),
    gpus: gpus.map((uuid, gpu) => ({ uuid, ...named(GPU_COLUMNS, columnsOf(gpu)) })),
  }
}
