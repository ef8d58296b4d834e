import * as z from 'zod'
import { machineFacts } from './machine.ts'

/** How a node is reached: data, stored, so that a terminal reopens without asking anybody. Kinds join with their transport. */
export const endpoint = z.discriminatedUnion('via', [z.object({ via: z.literal('local') })])
export type Endpoint = z.infer<typeof endpoint>

export const nodeState = z.enum(['pending', 'up', 'stopped', 'gone', 'unknown'])

export const node = z.object({
  /** Survives stop and start. */
  id: z.string(),
  clusterId: z.string(),
  /** 0 is the head. */
  rank: z.number().int().min(0),
  /** The machine under it; two clusters on one host share it. Null until it was observed. */
  machineId: z.string().nullable(),
  /** The provider's own id of it (an instance, a pod); null where the place has none. */
  externalId: z.string().nullable(),
  innerIp: z.string().nullable(),
  endpoint: endpoint.nullable(),
  facts: machineFacts.nullable(),
  state: nodeState,
  /** Epoch ms of the last answer of the node itself; null: never. */
  lastSeen: z.number().nullable(),
})
export type Node = z.infer<typeof node>
