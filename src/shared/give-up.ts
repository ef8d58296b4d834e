import type { Cluster } from './cluster.ts'
import type { Node } from './node.ts'
import type { Operation } from './operation.ts'

/**
 * May a cluster that still holds something be given up? When its termination failed, or waits for nothing else than machines that do not
 * answer. `newest`: its newest operation. Pure.
 */
export function mayBeGivenUp({ state }: Cluster, newest: Operation | undefined, nodes: readonly Node[]): boolean {
  if (newest?.kind !== 'terminate') return false
  if (state.is === 'degraded') return newest.state === 'failed'
  const left = nodes.filter(({ state }) => state !== 'gone')
  return state.is === 'terminating' && left.length > 0 && left.every((node) => node.state === 'unknown')
}
