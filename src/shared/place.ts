import * as z from 'zod'
import { machineFacts } from './machine.ts'

/** Where clusters can be made. A kind joins with its provider. */
export const placeKind = z.enum(['local'])
export type PlaceKind = z.infer<typeof placeKind>

export const place = z.object({
  id: z.string(),
  kind: placeKind,
  name: z.string(),
  /** The provider's own; parsed by its schema before use. */
  settings: z.record(z.string(), z.unknown()),
})
export type Place = z.infer<typeof place>

/** One line of a check, in words. */
export const finding = z.object({
  level: z.enum(['ok', 'note', 'missing', 'problem']),
  /** "Python 3.11.2", "No NVIDIA GPU here". */
  what: z.string(),
  /** Why it matters or what follows. */
  why: z.string(),
  /** What to do about it; empty when nothing needs to be done. */
  wayOut: z.string(),
  /** A command that does it, ready to copy; empty when there is none. */
  command: z.string(),
})
export type Finding = z.infer<typeof finding>

/** The answer of a provider's `check`: observed, with the time it was observed at. */
export const health = z.object({
  placeId: z.string(),
  /** Epoch ms. */
  at: z.number(),
  /** Can a cluster be launched here now? */
  usable: z.boolean(),
  findings: z.array(finding),
  /** The machine itself, for places that are one machine. */
  machine: machineFacts.nullable(),
})
export type Health = z.infer<typeof health>
