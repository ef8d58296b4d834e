import * as z from 'zod'

/** What needs the user on a machine, found in its samples by the thresholds of the settings. It goes by itself once it is over. */
export const noteKind = z.enum(['idle', 'hot', 'throttled', 'ecc', 'xid', 'gpu-lost', 'gpu-memory', 'memory', 'disk', 'silent'])
export type NoteKind = z.infer<typeof noteKind>

export const note = z.object({
  /** One of a kind for each machine: `MACHINE/KIND`. */
  id: z.string(),
  machineId: z.string(),
  kind: noteKind,
  level: z.enum(['warn', 'bad']),
  /** "8 GPUs idle for 34 min". Numbers in it are of the time it was found. */
  what: z.string(),
  why: z.string(),
  wayOut: z.string(),
  since: z.number(),
})
export type Note = z.infer<typeof note>
