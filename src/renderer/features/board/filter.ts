import type { Cluster } from '../../../shared/cluster.ts'
import type { Operation } from '../../../shared/operation.ts'
import { clusterTone, hasEnded } from '../../data/words.ts'

export type Group = 'ready' | 'needs' | 'stopped' | 'ended' | 'moving'
export type Filter = 'all' | Exclude<Group, 'moving'>

/** Which chip a cluster belongs to. A failed launch needs the user until it is removed; one that was terminated has ended. */
export function filterOf(cluster: Cluster, operation: Operation | undefined): Group {
  const tone = clusterTone(cluster, operation)
  if (tone === 'needs' || tone === 'failed') return 'needs'
  if (hasEnded(cluster)) return 'ended'
  if (tone === 'off') return 'stopped'
  return tone === 'ready' ? 'ready' : 'moving'
}

/** "All" are all that live or need the user. */
export const matches = (filter: Filter, group: Group) => (filter === 'all' ? group !== 'ended' : filter === group)
