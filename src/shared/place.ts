import * as z from 'zod'
import { errorData } from './error.ts'
import { gpuProcess, machineFacts } from './machine.ts'

/** Where clusters can be made. A kind joins with its provider. */
export const placeKind = z.enum(['local', 'ssh'])
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

/** One machine of a pool, as it was seen by a check. */
export const hostHealth = z.object({
  hostId: z.string(),
  /** What its name came to: `ada@10.0.0.7:2222`. */
  address: z.string(),
  /** The hosts on the way, the nearest first, as `address`. */
  through: z.array(z.string()),
  /**
   * `checking`: on its way, or an ask about it waits. `unreachable`: nothing answers. `refused`: it answers and lets us not in (its key,
   * the login). `in`: logged in. `unknown`: the check was ended before it answered.
   */
  state: z.enum(['checking', 'unreachable', 'refused', 'in', 'unknown']),
  /** Why not: code, words and what to do. Null unless `unreachable` or `refused`, or `in` and the machine could not say what it is. */
  error: errorData.nullable(),
  /** Can a cluster be launched on it now? */
  usable: z.boolean(),
  /** What it is and what is missing, once logged in. */
  findings: z.array(finding),
  facts: machineFacts.nullable(),
  /** Its clock against this one's, ms, to about a second; positive: it is ahead. */
  clockSkew_ms: z.number().nullable(),
  /** What computes on its GPUs now, whoever began it. Null: unknown. */
  processes: z.array(gpuProcess.extend({ gpu: z.string() })).nullable(),
})
export type HostHealth = z.infer<typeof hostHealth>

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
  /** A row for each machine, for places that are several; they come one by one in `changes` while a check runs. */
  hosts: z.array(hostHealth),
})
export type Health = z.infer<typeof health>
