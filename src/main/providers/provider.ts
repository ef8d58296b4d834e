import type * as z from 'zod'
import type { Cluster } from '../../shared/cluster.ts'
import type { ErrorData } from '../../shared/error.ts'
import type { Node } from '../../shared/node.ts'
import type { Offer } from '../../shared/offer.ts'
import type { Candidate, OperationKind } from '../../shared/operation.ts'
import type { Health, Place } from '../../shared/place.ts'
import type { AnyStep } from '../operations/step.ts'

/** What was seen of a cluster from outside. `unknown` says why nothing could be seen; it never changes a state. */
export type Observation = { clusterId: string; at: number } & (
  | { nodes: { nodeId: string; state: 'up' | 'gone'; why: string }[] }
  | { unknown: ErrorData }
)

/** A cloud, or a kind of machine. Members join with their first user. */
export type Provider = {
  kind: Place['kind']
  /** What a launch there can be asked for; unknown keys are refused. */
  spec: z.ZodType<Record<string, unknown>>
  /** How many nodes such a launch makes. Pure. */
  nodeCount(spec: Record<string, unknown>): number
  check(place: Place, signal: AbortSignal): Promise<Health>
  offers(place: Place, signal: AbortSignal): AsyncIterable<Offer>
  /** Ranked places to try. Pure. */
  candidates(offers: Offer[], offerId: string): Candidate[]
  /** The plan, a readable list, until the nodes answer. */
  steps(action: OperationKind): AnyStep[]
  /** What to do after an attempt failed. Pure. */
  afterFailure(error: ErrorData): 'next-candidate' | 'stop'
  /** Looks at the clusters until the signal aborts, and tells what one look saw together. */
  watch(
    clusters: () => { cluster: Cluster; nodes: Node[] }[],
    emit: (observations: Observation[]) => void,
    signal: AbortSignal,
  ): Promise<void>
}
