import type { Cluster } from '../../shared/cluster.ts'
import { type ErrorData, StyxError } from '../../shared/error.ts'
import type { Node } from '../../shared/node.ts'
import type { Leftover, Operation, OperationKind } from '../../shared/operation.ts'
import type { Place } from '../../shared/place.ts'
import type { Ray } from '../../shared/ray.ts'
import type { Database } from '../storage/database.ts'
import { readOperation } from '../storage/operation-records.ts'
import type { Transport } from '../transports/transport.ts'
import type { OperationLine } from './operation-log.ts'
import type { AnyStep } from './step.ts'

/** How an operation came to rest. `holds`: something of the cluster still exists. */
export type Outcome =
  | { is: 'done' }
  | { is: 'failed'; error: ErrorData; holds: boolean }
  | { is: 'cancelled'; holds: boolean; leftovers: Leftover[] }

/** What running needs from outside. */
export type RunDeps = {
  db: Database
  installationId: string
  /** The steps of such an operation as this program knows them. */
  steps(kind: OperationKind, place: Place): AnyStep[]
  afterFailure(place: Place, error: ErrorData): 'next-candidate' | 'stop'
  subject(clusterId: string): { place: Place; cluster: Cluster; nodes: Node[] }
  saveNode(node: Node): void
  changeRay(clusterId: string, change: (ray: Ray) => Ray): void
  transport(node: Pick<Node, 'endpoint'>): Transport
  log(operationId: string, line: OperationLine): void
  /** Called inside the transaction that ends the operation: the cluster's state and the event go with it. */
  onOutcome(operation: Operation, outcome: Outcome): void
  /** For crash tests: called before and after each write that the order of things depends on. */
  atPoint?: (point: string) => void
}

/** `halt`: the engine closes, or another operation takes over; what is under way stays as it is written. `cancel`: the user cancelled. */
export type RunSignals = { halt: AbortSignal; cancel: AbortSignal }

/** One operation on its way: what every part of running it needs. */
export type Run = { deps: RunDeps; operationId: string; steps: AnyStep[]; signals: RunSignals }

/** The operation as it is written now. Nothing of it is held in memory, so that a restart and a cancel see the same. */
export function current(deps: RunDeps, operationId: string): Operation {
  const operation = readOperation(deps.db, operationId)
  if (!operation) throw new StyxError({ code: 'operation.unknown', what: 'There is no such operation', where: operationId })
  return operation
}

/** The error of what the user cancelled. */
export const cancelled = (): ErrorData => ({
  code: 'operation.cancelled',
  what: 'Cancelled',
  where: '',
  why: 'You cancelled it.',
  suggestion: '',
  detail: '',
  retryable: false,
})
