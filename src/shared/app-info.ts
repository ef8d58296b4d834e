import * as z from 'zod'

/** What the screen must know of the program it belongs to. */
export const appInfo = z.object({
  version: z.string(),
  host: z.enum(['web', 'electron']),
  /** Changes with every start of the engine. */
  engineId: z.string(),
  startedAt: z.number(),
  stateFolder: z.string(),
  platform: z.string(),
  /** Where secrets live. `memory`: asked again at each start, and `why` says why. */
  secrets: z.object({ kept: z.enum(['keyring', 'memory']), why: z.string() }),
  /** What was found at the start and the user should read, e.g. a corrupt database moved aside. */
  notices: z.array(z.string()),
})
export type AppInfo = z.infer<typeof appInfo>
