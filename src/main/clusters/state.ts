import { assertNever } from '../../shared/assert-never.ts'
import type { ClusterState } from '../../shared/cluster.ts'
import { type ErrorData, StyxError } from '../../shared/error.ts'
import { isInPlace, type OperationKind } from '../../shared/operation.ts'

/** What can happen to a cluster. `at` is epoch ms. */
export type ClusterEvent =
  | { is: 'begin'; kind: OperationKind; operationId: string }
  | { is: 'done'; kind: OperationKind; at: number; operationId: string }
  /** `holds`: something of what it made still exists, so it must not be forgotten. */
  | { is: 'failed'; kind: OperationKind; at: number; error: ErrorData; operationId: string; holds: boolean }
  /** Nodes that should be up were seen to be gone. */
  | { is: 'lost'; at: number; error: ErrorData }
  /** All nodes answer. */
  | { is: 'well'; at: number }

/**
 * The one way from state to state: pure.
 * @throws StyxError `cluster.not-now` for an operation that this state does not allow.
 */
export function transition(state: ClusterState, event: ClusterEvent): ClusterState {
  switch (event.is) {
    case 'begin':
      if (!mayBegin(state, event.kind)) throw notNow(state, event.kind)
      return isMoving(event.kind) ? { is: motion[event.kind], operationId: event.operationId } : state
    case 'done':
      return afterDone(state, event)
    case 'failed':
      // What was added was taken back: the cluster goes on as it was.
      if (event.kind === 'add-nodes' && !event.holds) return state
      return event.holds
        ? { is: 'degraded', since: event.at, error: event.error, operationId: event.operationId }
        : { is: 'failed', at: event.at, error: event.error, operationId: event.operationId }
    case 'lost':
      return state.is === 'ready' ? { is: 'degraded', since: event.at, error: event.error, operationId: null } : state
    case 'well':
      // Only what an observation made worse, an observation makes good: a failed operation waits for its retry.
      return state.is === 'degraded' && state.operationId === null ? { is: 'ready', since: event.at } : state
    default:
      return assertNever(event)
  }
}

/** May this operation begin now? `launch` is only ever begun again (a retry): the first one begins with the cluster's creation. */
export function mayBegin(state: ClusterState, kind: OperationKind): boolean {
  switch (kind) {
    case 'launch':
      return state.is === 'failed' || state.is === 'degraded'
    case 'stop':
      return state.is === 'ready' || state.is === 'degraded'
    case 'start':
      return state.is === 'stopped' || state.is === 'degraded'
    case 'add-nodes':
    case 'remove-nodes':
    case 'restart-ray':
    case 'upgrade-ray':
      return state.is === 'ready' || state.is === 'degraded'
    case 'terminate':
      // Always, unless there is nothing left or it is being done already: it pre-empts a launch.
      return state.is !== 'terminated' && state.is !== 'failed' && state.is !== 'terminating'
    default:
      return assertNever(kind)
  }
}

const isMoving = (kind: OperationKind): kind is keyof typeof motion => !isInPlace(kind)

const motion = { launch: 'launching', stop: 'stopping', start: 'starting', terminate: 'terminating' } as const

function afterDone(state: ClusterState, { kind, at, operationId }: Extract<ClusterEvent, { is: 'done' }>): ClusterState {
  switch (kind) {
    case 'launch':
    case 'start':
      return { is: 'ready', since: at }
    case 'stop':
      return { is: 'stopped', since: at }
    case 'terminate':
      return { is: 'terminated', at }
    case 'add-nodes':
    case 'remove-nodes':
    case 'restart-ray':
    case 'upgrade-ray':
      // What else it needs the user for, it still does.
      return state.is === 'degraded' && state.operationId === operationId ? { is: 'ready', since: at } : state
    default:
      return assertNever(kind)
  }
}

const notNow = (state: ClusterState, kind: OperationKind) =>
  new StyxError({
    code: 'cluster.not-now',
    what: `The cluster cannot ${kind.replace('-', ' ').replace('ray', 'Ray')} now`,
    why: `It is ${state.is}.`,
    suggestion: 'Wait until it has come to rest, or terminate it.',
  })
