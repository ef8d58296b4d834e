import * as z from 'zod'
import { ask } from './ask.ts'
import { cluster } from './cluster.ts'
import { event } from './event.ts'
import { job } from './job.ts'
import { machineSample } from './machine.ts'
import { node } from './node.ts'
import { note } from './note.ts'
import { operation } from './operation.ts'
import { health, place } from './place.ts'
import { settings } from './settings.ts'
import { terminal } from './terminal.ts'

/** Everything the board shows, at one moment. `operations`: the newest of each cluster. */
export const snapshot = z.object({
  places: z.array(place),
  health: z.array(health),
  clusters: z.array(cluster),
  nodes: z.array(node),
  operations: z.array(operation),
  terminals: z.array(terminal),
  /** Newest first: all that have not ended, and the last 200 that have. */
  jobs: z.array(job),
  notes: z.array(note),
  /** The newest reading of each machine that is sampled, so that the first picture has its numbers. */
  samples: z.array(machineSample),
  /** What waits for an answer of the user, oldest first. */
  asks: z.array(ask),
  settings,
  /** Newest first, at most 100. */
  events: z.array(event),
})
export type Snapshot = z.infer<typeof snapshot>

/** What the `changes` stream sends: first a snapshot, then each record that was written, whole. */
export const change = z.discriminatedUnion('type', [
  z.object({ type: z.literal('snapshot'), snapshot }),
  z.object({ type: z.literal('place'), place }),
  z.object({ type: z.literal('health'), health }),
  z.object({ type: z.literal('cluster'), cluster }),
  z.object({ type: z.literal('node'), node }),
  z.object({ type: z.literal('operation'), operation }),
  z.object({ type: z.literal('terminal'), terminal }),
  z.object({ type: z.literal('job'), job }),
  z.object({ type: z.literal('note'), note }),
  z.object({ type: z.literal('ask'), ask }),
  z.object({ type: z.literal('settings'), settings }),
  z.object({ type: z.literal('event'), event }),
  z.object({
    type: z.literal('gone'),
    of: z.enum(['place', 'cluster', 'node', 'operation', 'terminal', 'job', 'note', 'ask']),
    id: z.string(),
  }),
])
export type Change = z.infer<typeof change>
