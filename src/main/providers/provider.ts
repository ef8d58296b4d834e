import type * as z from 'zod'
import type { Cluster } from '../../shared/cluster.ts'
import type { ErrorData } from '../../shared/error.ts'
import type { Endpoint, Node } from '../../shared/node.ts'
import type { Offer } from '../../shared/offer.ts'
import type { Candidate, OperationKind } from '../../shared/operation.ts'
import type { Health, Place } from '../../shared/place.ts'
import type { AnyStep } from '../operations/step.ts'
import type { Transport } from '../transports/transport.ts'

/** What was seen of a node. `unknown`: it could not be looked at, and why. */
export type NodeObservation = { nodeId: string } & (
  | { state: 'up' }
  | { state: 'gone'; why: string }
  | { state: 'unknown'; error: ErrorData }
)

/** What was seen of a cluster from outside. `unknown` says why nothing could be seen; it never changes a state. */
export type Observation = { clusterId: string; at: number } & ({ nodes: NodeObservation[] } | { unknown: ErrorData })

/** What a provider of plain machines needs. */
export type ProviderOptions = {
  /** The folder `resources` of this installation of the program. */
  resources: string
  installationId: string
  transport(endpoint: Endpoint): Transport
  /** The nodes of all clusters as they are recorded now. */
  nodes(): Node[]
  clusterName(id: string): string
}

/** What a provider does; the rest is done to what runs on its nodes. Nodes are added as a launch makes them, and removed as a terminate. */
export type ProviderAction = Exclude<OperationKind, 'add-nodes' | 'remove-nodes' | 'restart-ray' | 'upgrade-ray'>

/** What a launch takes: an offer, the provider's own id of the node where it is known before, and how many GPUs; null: all that are free. */
export type Wanted = { offerId: string; externalId: string | null; gpus: number | null }

/** A cloud, or a kind of machine. Members join with their first user. */
export type Provider = {
  kind: Place['kind']
  /** What a launch there can be asked for; unknown keys are refused. */
  spec: z.ZodType<Record<string, unknown>>
  /** What such a launch takes, one for each node, head first. Pure. */
  wants(spec: Record<string, unknown>, offerId: string): Wanted[]
  /** Can nodes be added to a cluster, and removed from it? */
  scales: boolean
  /** `tell`: how far it has come, where it takes its time. */
  check(place: Place, tell: (health: Health) => void, signal: AbortSignal): Promise<Health>
  offers(place: Place, signal: AbortSignal): AsyncIterable<Offer>
  /** Ranked places to try. Pure. */
  candidates(offers: Offer[], offerId: string): Candidate[]
  /** The plan, a readable list, until the nodes answer. */
  steps(action: ProviderAction): AnyStep[]
  /** What to do after an attempt failed. Pure. */
  afterFailure(error: ErrorData): 'next-candidate' | 'stop'
  /** Looks at the clusters until the signal aborts, and tells what one look saw together. */
  watch(
    clusters: () => { cluster: Cluster; nodes: Node[] }[],
    emit: (observations: Observation[]) => void,
    signal: AbortSignal,
  ): Promise<void>
}
