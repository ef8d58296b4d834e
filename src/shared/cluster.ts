import * as z from 'zod'
import { errorData } from './error.ts'
import type { Node } from './node.ts'
import { ray } from './ray.ts'

/**
 * A cluster's state. Each variant carries only its own data; `main/clusters/state.ts` is the only way from one to the next.
 * `terminated` and `failed` hold nothing any more (a failed launch that left something behind is `degraded`).
 */
export const clusterState = z.discriminatedUnion('is', [
  z.object({ is: z.literal('launching'), operationId: z.string() }),
  z.object({ is: z.literal('ready'), since: z.number() }),
  z.object({ is: z.literal('degraded'), since: z.number(), error: errorData, operationId: z.string().nullable() }),
  z.object({ is: z.literal('stopping'), operationId: z.string() }),
  z.object({ is: z.literal('stopped'), since: z.number() }),
  z.object({ is: z.literal('starting'), operationId: z.string() }),
  z.object({ is: z.literal('terminating'), operationId: z.string() }),
  z.object({ is: z.literal('terminated'), at: z.number() }),
  z.object({ is: z.literal('failed'), at: z.number(), error: errorData, operationId: z.string() }),
])
export type ClusterState = z.infer<typeof clusterState>

/** When the cluster was last looked at. An error here never changes the state: it says why nothing newer is known. */
export const observed = z.object({ at: z.number().nullable(), problem: errorData.nullable() })

export const cluster = z.object({
  id: z.string(),
  placeId: z.string(),
  name: z.string(),
  /** The provider's own; parsed by its schema before use. */
  spec: z.record(z.string(), z.unknown()),
  state: clusterState,
  observed,
  /** Null: it was launched without Ray. */
  ray: ray.nullable(),
  createdAt: z.number(),
})
export type Cluster = z.infer<typeof cluster>

/**
 * Can one work on it: shells, jobs, readings? While Ray is set up on it already: its nodes answer then.
 * @param nodes those of this cluster
 */
export function isUsable({ state, ray }: Pick<Cluster, 'state' | 'ray'>, nodes: readonly Pick<Node, 'state'>[]): boolean {
  if (state.is === 'ready' || state.is === 'degraded') return true
  const isMade = ray !== null && nodes.length > 0 && nodes.every((node) => node.state === 'up')
  return isMade && (state.is === 'launching' || state.is === 'starting')
}

const NAME = /^[a-z]([a-z0-9-]*[a-z0-9])?$/
export const CLUSTER_NAME_MAX = 40

/** Why a cluster cannot have this name, in words for the field; null when it can. Whether it is taken only the engine knows. */
export function clusterNameProblem(name: string): string | null {
  if (name === '') return 'Give the cluster a name.'
  if (name.length > CLUSTER_NAME_MAX) return `At most ${CLUSTER_NAME_MAX} characters; this has ${name.length}.`
  if (!NAME.test(name)) return 'Small letters, digits and hyphens, beginning with a letter, e.g. llama-pretrain.'
  return null
}
