import * as z from 'zod'
import { hostName } from './pool.ts'

/** A machine that a file of the user's names. Nobody was contacted. */
export const foundHost = hostName.extend({
  /** What the name comes to by ~/.ssh/config: `ada@10.0.0.7:2222`. */
  address: z.string(),
  /** The hosts on the way, the nearest first, as `address`. */
  through: z.array(z.string()),
  /** Where it is named. */
  file: z.string(),
  line: z.number().int(),
  /** Why Styx cannot use it, in words; null: it can be tried. */
  problem: z.string().nullable(),
})
export type FoundHost = z.infer<typeof foundHost>

/** The answer of `places.found`. */
export const found = z.object({
  /** Machines side by side in one file or one of SkyPilot's pools; `name` is a good one for a pool of them. Those without hosts are left out. */
  groups: z.array(z.object({ name: z.string(), file: z.string(), hosts: z.array(foundHost) })),
  /** What could not be read or is not understood. `line` 0: the file as a whole. */
  problems: z.array(z.object({ file: z.string(), line: z.number().int(), what: z.string() })),
})
export type Found = z.infer<typeof found>
export type FileProblem = Found['problems'][number]
