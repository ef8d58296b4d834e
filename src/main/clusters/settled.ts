import type { Cluster } from '../../shared/cluster.ts'
import { StyxError } from '../../shared/error.ts'
import type { Node } from '../../shared/node.ts'
import type { Operation } from '../../shared/operation.ts'
import type { Outcome } from '../operations/running.ts'
import { upsertCluster } from '../storage/cluster-records.ts'
import type { Database } from '../storage/database.ts'
import { writeEvent } from '../storage/event-records.ts'
import { deleteNodes, listNodes } from '../storage/node-records.ts'
import { saveOperation } from '../storage/operation-records.ts'
import { leftAt, leftEvent, outcomeEvent } from './events.ts'
import { requireCluster, requireOperation } from './lookup.ts'
import { giveUpStep } from './plan.ts'
import { type ClusterEvent, transition } from './state.ts'

/**
 * Writes what the end of an operation makes of its cluster: its state, its nodes, and how it is told. Call it in the transaction that ends the
 * operation.
 */
export function settleCluster(db: Database, installationId: string, operation: Operation, outcome: Outcome): void {
  const cluster = requireCluster(db, operation.clusterId)
  const { kind, nodeIds } = operation
  const isOver = outcome.is === 'done' ? kind === 'terminate' || kind === 'remove-nodes' : !outcome.holds
  const left = outcome.is === 'done' && isGivingUp(operation) ? targetsOf(db, operation) : []
  if (isOver) deleteNodes(db, cluster.id, nodeIds)
  upsertCluster(db, {
    ...cluster,
    state: transition(cluster.state, clusterEvent(mended(db, cluster, operation), outcome, Date.now())),
  })
  writeEvent(db, outcomeEvent(cluster, operation, outcome))
  if (left.length > 0) {
    saveOperation(db, { ...operation, leftovers: leftAt(cluster.id, left, installationId) })
    writeEvent(db, leftEvent(cluster, left, installationId))
  }
}

/** The nodes that an operation is about, those that are still there. */
export const targetsOf = (db: Database, { clusterId, nodeIds }: Operation): Node[] =>
  listNodes(db, clusterId).filter(({ id }) => nodeIds?.includes(id))

/** What a cluster waits for the user with is over when none of the nodes that it is about are there any more. */
function mended(db: Database, { state }: Cluster, operation: Operation): Operation {
  if (operation.kind !== 'remove-nodes' || state.is !== 'degraded' || state.operationId === null) return operation
  const before = requireOperation(db, state.operationId)
  return before.nodeIds !== null && targetsOf(db, before).length === 0 ? { ...operation, id: before.id } : operation
}

const isGivingUp = ({ kind, plan }: Operation): boolean =>
  kind === 'remove-nodes' && plan.some(({ name }) => name === giveUpStep.name)

function clusterEvent({ id: operationId, kind }: Operation, outcome: Outcome, at: number): ClusterEvent {
  if (outcome.is === 'done') return { is: 'done', kind, at, operationId }
  const { holds } = outcome
  if (outcome.is === 'failed') return { is: 'failed', kind, at, error: outcome.error, operationId, holds }
  const [leftover] = outcome.leftovers
  const error = new StyxError({
    code: 'operation.cancelled',
    what: kind === 'launch' ? 'The launch was cancelled' : 'The adding of machines was cancelled',
    where: leftover?.where,
    why: leftover
      ? `Not everything could be taken back: ${leftover.what}. ${leftover.why}`
      : holds
        ? 'What it had made was kept.'
        : '',
    suggestion: !holds
      ? ''
      : kind === 'launch'
        ? 'Retry to go on where it stopped, or terminate the cluster.'
        : 'Retry to go on where it stopped, or remove the nodes.',
  }).data
  return { is: 'failed', kind, at, error, operationId, holds }
}
