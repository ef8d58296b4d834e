import * as z from 'zod'

const column = z.array(z.number().nullable())

/**
 * What a machine did over a span of time, in columns for a chart. `at` holds the middle of each step, evenly spaced; a step in which
 * nothing was read is null in every column (a gap is a gap). Values are means over the step.
 */
export const machineHistory = z.object({
  machineId: z.string(),
  from: z.number(),
  to: z.number(),
  step_ms: z.number(),
  at: z.array(z.number()),
  /** Mean over the cores. */
  cores_percent: column,
  memoryUsed_MiB: column,
  memoryTotal_MiB: column,
  swapUsed_MiB: column,
  diskUsed_MiB: column,
  diskFree_MiB: column,
  down_Bps: column,
  up_Bps: column,
  temperature_C: column,
  gpus: z.array(
    z.object({
      uuid: z.string(),
      use_percent: column,
      memoryUsed_MiB: column,
      temperature_C: column,
      power_W: column,
    }),
  ),
})
export type MachineHistory = z.infer<typeof machineHistory>
