import { randomUUID } from 'node:crypto'
import type { Cluster } from '../../shared/cluster.ts'
import { StyxError } from '../../shared/error.ts'
import { type Candidate, makesNodes, type Operation, type OperationKind } from '../../shared/operation.ts'
import type { Place } from '../../shared/place.ts'
import type { AnyStep } from '../operations/step.ts'
import { upsertCluster } from '../storage/cluster-records.ts'
import type { Database } from '../storage/database.ts'
import { writeEvent } from '../storage/event-records.ts'
import { listOperations, saveOperation } from '../storage/operation-records.ts'
import { beginEvent } from './events.ts'
import { requireCluster, requirePlace } from './lookup.ts'
import { type PlanFor, planned } from './plan.ts'
import { transition } from './state.ts'

type BeginDeps = {
  db: Database
  stepsOf(kind: OperationKind, place: Place, what: PlanFor): AnyStep[]
  /** Lets a written operation run. */
  start(operationId: string): void
  atPoint: ((point: string) => void) | undefined
}

export type Begin = ReturnType<typeof createBegin>

/** How operations begin. */
export function createBegin({ db, stepsOf, start, atPoint }: BeginDeps) {
  /**
   * Writes the operation and lets it run. `before`: what else belongs into its transaction; it answers with the nodes that it is about, null:
   * all.
   */
  const begin = (
    cluster: Cluster,
    kind: OperationKind,
    candidates: Candidate[],
    before: (operationId: string) => string[] | null,
    { job = false, giveUp = false } = {},
  ): string => {
    const operationId = randomUUID()
    db.transaction(() => {
      const nodeIds = before(operationId)
      saveOperation(db, {
        id: operationId,
        clusterId: cluster.id,
        kind,
        nodeIds,
        state: 'running',
        plan: stepsOf(kind, requirePlace(db, cluster.placeId), { ray: cluster.ray !== null, job, giveUp }).map(planned),
        candidates,
        error: null,
        leftovers: [],
        cancel: null,
        createdAt: Date.now(),
        endedAt: null,
      })
      writeEvent(db, beginEvent(cluster, operationId, kind, makesNodes(kind) ? candidates[0]?.title : ''))
    })
    atPoint?.(`${kind}/written`)
    start(operationId)
    return operationId
  }

  /** All but a launch: they go on with what the cluster already is. */
  const act = (
    clusterId: string,
    kind: Exclude<OperationKind, 'launch'>,
    before: (cluster: Cluster) => Cluster = (cluster) => cluster,
    what: { nodes?: () => string[]; title?: string; giveUp?: boolean; preempts?: boolean } = {},
  ): { operationId: string } => {
    const cluster = requireCluster(db, clusterId)
    if (!what.preempts) requireAtRest(db, cluster, kind)
    const candidates = [{ title: what.title ?? cluster.name, offerId: '' }]
    const written = (id: string) => {
      upsertCluster(db, { ...before(cluster), state: transition(cluster.state, { is: 'begin', kind, operationId: id }) })
      return what.nodes?.() ?? null
    }
    return { operationId: begin(cluster, kind, candidates, written, what) }
  }

  return { begin, act }
}

/** What leaves a cluster its state does not show there. */
function requireAtRest(db: Database, { id, name }: Cluster, kind: OperationKind): void {
  const running = listOperations(db, id).find(isRunning)
  if (!running || kind === 'terminate') return
  throw new StyxError({
    code: 'cluster.not-now',
    what: 'Something else is being done with this cluster',
    where: name,
    why: running.plan.at(-1)?.title,
    suggestion: 'Wait until it is done, or terminate the cluster.',
  })
}

/** Whatever is being done with the cluster, another operation takes over. */
export function endRunning(db: Database, clusterId: string): void {
  for (const operation of listOperations(db, clusterId))
    if (isRunning(operation))
      saveOperation(db, { ...operation, state: 'cancelled', cancel: { keep: 'everything' }, endedAt: Date.now() })
}

export const isRunning = ({ state }: Operation): boolean => state === 'running' || state === 'undoing'
