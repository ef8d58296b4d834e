import type { Ask } from '../../../shared/ask.ts'
import { type Cluster, isUsable } from '../../../shared/cluster.ts'
import { type Job, jobHasEnded } from '../../../shared/job.ts'
import type { Node } from '../../../shared/node.ts'
import type { Note } from '../../../shared/note.ts'
import type { Operation } from '../../../shared/operation.ts'
import type { Place } from '../../../shared/place.ts'
import { askOfNodes } from '../../data/asking.ts'
import type { Live } from '../../data/live-state.ts'
import { hasEnded } from '../../data/words.ts'
import { type Group, groupOf } from './filter.ts'

/** A cluster with all that the board says of it. The same object as long as nothing of it changed, so that only what changed draws again. */
export type BoardItem = {
  cluster: Cluster
  /** Head first. */
  nodes: readonly Node[]
  /** The newest. */
  operation: Operation | undefined
  place: Place | undefined
  /** Those that have not ended, the one that was submitted first in front. */
  jobs: readonly Job[]
  /** Of its machines, while it runs: the worst first. */
  notes: readonly Note[]
  /** What it waits for. */
  ask: Ask | null
  group: Group
}

const NOTHING: never[] = []

/** Every cluster as an item; `before`: those of the last time, kept where they still hold. Pure. */
export function boardItems(live: Live, before: readonly BoardItem[]): BoardItem[] {
  const known = new Map(before.map((item) => [item.cluster.id, item]))
  const places = new Map(live.places.map((place) => [place.id, place]))
  const jobs = grouped(
    live.jobs.filter(({ state }) => !jobHasEnded(state)),
    ({ clusterId }) => clusterId,
  )
  const notes = grouped(live.notes, ({ machineId }) => machineId)
  return live.clusters.map((cluster) => {
    const nodes = live.nodes[cluster.id] ?? NOTHING
    const operation = live.operations[cluster.id]
    const runs = cluster.state.is === 'ready' || cluster.state.is === 'degraded'
    const ofMachines = runs ? nodes.flatMap(({ machineId }) => (machineId && notes.get(machineId)) || NOTHING) : NOTHING
    const ask = hasEnded(cluster) ? null : askOfNodes(live.asks, nodes)
    const item: BoardItem = {
      cluster,
      nodes,
      operation,
      place: places.get(cluster.placeId),
      jobs: (jobs.get(cluster.id) ?? NOTHING).toReversed(),
      notes: [...new Set(ofMachines)].sort(worstFirst),
      ask,
      group: groupOf(cluster, operation, ofMachines.length > 0 || ask !== null),
    }
    const old = known.get(cluster.id)
    return old && isSame(old, item) ? old : item
  })
}

function grouped<T>(list: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of list) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}

const worstFirst = (a: Note, b: Note) => Number(b.level === 'bad') - Number(a.level === 'bad') || a.since - b.since

function isSame(a: BoardItem, b: BoardItem): boolean {
  const sameList = (one: readonly unknown[], other: readonly unknown[]) =>
    one.length === other.length && one.every((each, i) => each === other[i])
  return (
    a.cluster === b.cluster &&
    a.nodes === b.nodes &&
    a.operation === b.operation &&
    a.place === b.place &&
    a.ask === b.ask &&
    a.group === b.group &&
    sameList(a.jobs, b.jobs) &&
    sameList(a.notes, b.notes)
  )
}

/** The machines of an item that do something worth seeing. */
export const machinesOf = ({ cluster, nodes }: BoardItem): string[] =>
  isUsable(cluster, nodes) ? nodes.flatMap(({ machineId }) => machineId ?? []) : []

/** Its jobs in two words: which one runs, and how many wait. */
export function jobsOf({ jobs }: BoardItem): { running: Job[]; waiting: number } {
  const running = jobs.filter(({ state }) => state === 'RUNNING' || state === 'SETTING_UP')
  return { running, waiting: jobs.length - running.length }
}
