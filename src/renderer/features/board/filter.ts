import type { Cluster } from '../../../shared/cluster.ts'
import type { Operation } from '../../../shared/operation.ts'
import { clusterTone, gpuName, hasEnded } from '../../data/words.ts'
import type { BoardItem } from './items.ts'

export type Group = 'ready' | 'needs' | 'stopped' | 'ended' | 'moving'

/** What of the board is shown. */
export type Filter = {
  show: 'all' | Exclude<Group, 'moving'>
  /** A place's id; null: all places. */
  placeId: string | null
  /** Words that must all occur in what is known of a cluster. */
  words: string
}

export const SHOW_ALL: Filter = { show: 'all', placeId: null, words: '' }

/** Which chip a cluster belongs to. A failed launch needs the user until it is removed; one that was terminated has ended. */
export function groupOf(cluster: Cluster, operation: Operation | undefined, hasNotes: boolean): Group {
  const tone = clusterTone(cluster, operation)
  if (tone === 'needs' || tone === 'failed' || hasNotes) return 'needs'
  if (hasEnded(cluster)) return 'ended'
  if (tone === 'off') return 'stopped'
  return tone === 'ready' ? 'ready' : 'moving'
}

/** Is the group behind this chip? "All" are all that live or need the user. */
export const isIn = (show: Filter['show'], group: Group) => (show === 'all' ? group !== 'ended' : show === group)

export function matches(filter: Filter, item: BoardItem): boolean {
  if (!isIn(filter.show, item.group)) return false
  if (filter.placeId !== null && item.cluster.placeId !== filter.placeId) return false
  const words = filter.words.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return true
  const text = textOf(item)
  return words.every((word) => text.includes(word))
}

/** What a cluster can be found by: its name, state and place, its hosts and GPUs, what runs on it and what needs the user. */
function textOf({ cluster, nodes, place, jobs, notes }: BoardItem): string {
  return [
    cluster.name,
    cluster.state.is,
    place?.name,
    ...nodes.flatMap(({ facts, innerIp }) => [facts?.hostname, innerIp]),
    ...[...new Set(nodes.flatMap(({ facts }) => facts?.gpus.map(({ name }) => name) ?? []))].map(gpuName),
    ...jobs.map(({ name }) => name),
    ...notes.map(({ what }) => what),
  ]
    .join(' ')
    .toLowerCase()
}
