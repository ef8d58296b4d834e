import type { Ask } from '../../shared/ask.ts'
import { assertNever } from '../../shared/assert-never.ts'
import type { Change, Snapshot } from '../../shared/change.ts'
import type { Cluster } from '../../shared/cluster.ts'
import type { Event } from '../../shared/event.ts'
import type { Job } from '../../shared/job.ts'
import type { Node } from '../../shared/node.ts'
import type { Note } from '../../shared/note.ts'
import type { Operation } from '../../shared/operation.ts'
import type { Health, Place } from '../../shared/place.ts'
import type { Settings } from '../../shared/settings.ts'
import type { Terminal } from '../../shared/terminal.ts'

/** Everything the engine told, indexed by how the screen asks for it. A change keeps every part that it does not touch, so that nothing else draws again. */
export type Live = {
  places: Place[]
  health: Record<string, Health>
  /** Oldest first. */
  clusters: Cluster[]
  /** By cluster, head first. */
  nodes: Record<string, Node[]>
  /** The newest of each cluster. */
  operations: Record<string, Operation>
  terminals: Terminal[]
  /** Newest first; older ones are paged from the engine. */
  jobs: Job[]
  notes: Note[]
  /** What waits for an answer of the user, oldest first. */
  asks: Ask[]
  settings: Settings
  /** Newest first. */
  events: Event[]
}

/** Older ones are paged from the engine. */
const EVENTS_KEPT = 300

/** The state after a change. `null`: nothing is known yet, and only a snapshot tells. */
export function applyChange(live: Live | null, change: Change): Live | null {
  if (change.type === 'snapshot') return fromSnapshot(change.snapshot)
  if (live === null) return null
  switch (change.type) {
    case 'place':
      return { ...live, places: put(live.places, change.place) }
    case 'health':
      return { ...live, health: { ...live.health, [change.health.placeId]: change.health } }
    case 'cluster':
      return { ...live, clusters: put(live.clusters, change.cluster).sort(byAge) }
    case 'node': {
      const { clusterId } = change.node
      return { ...live, nodes: { ...live.nodes, [clusterId]: put(live.nodes[clusterId] ?? [], change.node).sort(byRank) } }
    }
    case 'operation': {
      const newest = live.operations[change.operation.clusterId]
      if (newest && newest.createdAt > change.operation.createdAt) return live
      return { ...live, operations: { ...live.operations, [change.operation.clusterId]: change.operation } }
    }
    case 'terminal':
      return { ...live, terminals: put(live.terminals, change.terminal).sort(byAge) }
    case 'job':
      return { ...live, jobs: put(live.jobs, change.job).sort(byNewest) }
    case 'note':
      return { ...live, notes: put(live.notes, change.note) }
    case 'ask':
      return { ...live, asks: put(live.asks, change.ask) }
    case 'settings':
      return { ...live, settings: change.settings }
    case 'event':
      if (live.events.some(({ id }) => id === change.event.id)) return live
      return { ...live, events: [change.event, ...live.events].sort((a, b) => b.id - a.id).slice(0, EVENTS_KEPT) }
    case 'gone':
      return without(live, change.of, change.id)
    default:
      return assertNever(change)
  }
}

function fromSnapshot(snapshot: Snapshot): Live {
  const nodes: Record<string, Node[]> = {}
  for (const node of [...snapshot.nodes].sort(byRank)) nodes[node.clusterId] = [...(nodes[node.clusterId] ?? []), node]
  return {
    places: snapshot.places,
    health: Object.fromEntries(snapshot.health.map((health) => [health.placeId, health])),
    clusters: [...snapshot.clusters].sort(byAge),
    nodes,
    operations: Object.fromEntries(snapshot.operations.map((operation) => [operation.clusterId, operation])),
    terminals: [...snapshot.terminals].sort(byAge),
    jobs: [...snapshot.jobs].sort(byNewest),
    notes: snapshot.notes,
    asks: snapshot.asks,
    settings: snapshot.settings,
    events: snapshot.events,
  }
}

function without(live: Live, of: (Change & { type: 'gone' })['of'], id: string): Live {
  const others = <T extends { id: string }>(list: T[]) => list.filter((item) => item.id !== id)
  switch (of) {
    case 'place': {
      const { [id]: _, ...health } = live.health
      return { ...live, places: others(live.places), health }
    }
    case 'cluster': {
      const { [id]: _, ...nodes } = live.nodes
      const { [id]: __, ...operations } = live.operations
      return { ...live, clusters: others(live.clusters), nodes, operations }
    }
    case 'node':
      return {
        ...live,
        nodes: Object.fromEntries(
          Object.entries(live.nodes).map(([clusterId, list]) => [
            clusterId,
            list.some((node) => node.id === id) ? others(list) : list,
          ]),
        ),
      }
    case 'operation':
      return {
        ...live,
        operations: Object.fromEntries(Object.entries(live.operations).filter(([, operation]) => operation.id !== id)),
      }
    case 'terminal':
      return { ...live, terminals: others(live.terminals) }
    case 'job':
      return { ...live, jobs: others(live.jobs) }
    case 'note':
      return { ...live, notes: others(live.notes) }
    case 'ask':
      return { ...live, asks: others(live.asks) }
    default:
      return assertNever(of)
  }
}

function put<T extends { id: string }>(list: T[], item: T): T[] {
  return list.some(({ id }) => id === item.id) ? list.map((old) => (old.id === item.id ? item : old)) : [...list, item]
}

const byRank = (a: Node, b: Node) => a.rank - b.rank
const byAge = (a: { createdAt: number }, b: { createdAt: number }) => a.createdAt - b.createdAt
const byNewest = (a: Job, b: Job) => b.submittedAt - a.submittedAt
