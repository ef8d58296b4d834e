import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../../shared/cluster.ts'
import { type ErrorData, errorDataOf, StyxError } from '../../shared/error.ts'
import type { Node } from '../../shared/node.ts'
import type { Place, PlaceKind } from '../../shared/place.ts'
import type { NodeObservation, Observation, Provider } from '../providers/provider.ts'
import { listClusters, readCluster, upsertCluster } from '../storage/cluster-records.ts'
import type { Database } from '../storage/database.ts'
import { writeEvent } from '../storage/event-records.ts'
import { listNodes, saveNode } from '../storage/node-records.ts'
import { listPlaces } from '../storage/place-records.ts'
import { followTopic } from '../topics.ts'
import { about } from './events.ts'
import { transition } from './state.ts'

/** A watch that ended by an error is begun again after so long. */
const AGAIN_AFTER_MS = 10_000

/** Looks at every place's clusters until the signal aborts, and writes what was seen. */
export function watchClusters(db: Database, providers: Record<PlaceKind, Provider>, signal: AbortSignal): void {
  const watches = new Map<string, AbortController>()
  void followTopic(db.changes, signal, {
    begin: reconcile,
    message: (change) => {
      if (change.type === 'place' || (change.type === 'gone' && change.of === 'place')) reconcile()
    },
  }).finally(() => {
    for (const stop of watches.values()) stop.abort()
  })

  function reconcile(): void {
    const places = new Map(listPlaces(db).map((place) => [place.id, place]))
    for (const [id, stop] of watches)
      if (!places.has(id)) {
        stop.abort()
        watches.delete(id)
      }
    for (const place of places.values()) {
      if (watches.has(place.id)) continue
      const stop = new AbortController()
      watches.set(place.id, stop)
      void watchPlace(place, stop.signal)
    }
  }

  async function watchPlace(place: Place, signal: AbortSignal): Promise<void> {
    const watched = () =>
      listClusters(db)
        .filter((cluster) => cluster.placeId === place.id && isWatched(cluster))
        .map((cluster) => ({ cluster, nodes: listNodes(db, cluster.id) }))
    while (!signal.aborted)
      try {
        await providers[place.kind].watch(watched, (all) => observeAll(db, all), signal)
      } catch (error) {
        if (signal.aborted) return
        const unknown = errorDataOf(error, place.name)
        observeAll(
          db,
          watched().map(({ cluster }) => ({ clusterId: cluster.id, at: Date.now(), unknown })),
        )
        await sleep(AGAIN_AFTER_MS, undefined, { signal, ref: false }).catch(() => {})
      }
  }
}

/** Only at rest: while an operation moves a cluster, the operation knows better. */
const isWatched = ({ state }: Cluster) => state.is === 'ready' || state.is === 'degraded' || state.is === 'stopped'

/** Writes what one look saw, all of it at once: each write waits for the disk. */
function observeAll(db: Database, all: Observation[]): void {
  db.transaction(() => {
    for (const seen of all) observe(db, seen)
  })
}

/** Writes an observation. An unknown one changes nothing but what is said of the last look. */
export function observe(db: Database, seen: Observation): void {
  const cluster = readCluster(db, seen.clusterId)
  if (!cluster || !isWatched(cluster)) return
  db.transaction(() => {
    if ('unknown' in seen) return upsertCluster(db, { ...cluster, observed: { at: cluster.observed.at, problem: seen.unknown } })
    const nodes = listNodes(db, cluster.id)
    for (const node of nodes) writeNode(db, node, seen)
    const gone = seen.nodes.filter((one) => one.state === 'gone')
    const unknown = seen.nodes.filter((one) => one.state === 'unknown')
    if (cluster.state.is !== 'stopped') tellOfSilence(db, cluster, nodes, seen.nodes)
    const state =
      cluster.state.is === 'stopped'
        ? cluster.state
        : gone.length > 0
          ? transition(cluster.state, lost(nodes, gone, seen.at))
          : unknown.length > 0
            ? cluster.state
            : transition(cluster.state, { is: 'well', at: seen.at })
    const [first] = unknown
    const observed = first ? { at: cluster.observed.at, problem: problemOf(nodes, first) } : { at: seen.at, problem: null }
    upsertCluster(db, { ...cluster, state, observed })
    if (state.is === 'degraded' && cluster.state.is === 'ready')
      writeEvent(db, { ...about(cluster, null), level: 'warn', text: state.error.what, detail: state.error.why })
    if (state.is === 'ready' && cluster.state.is === 'degraded')
      writeEvent(db, { ...about(cluster, null), level: 'good', text: 'All nodes answer again', detail: '' })
  })
}

function writeNode(db: Database, node: Node, seen: Extract<Observation, { nodes: unknown }>): void {
  const one = seen.nodes.find(({ nodeId }) => nodeId === node.id)
  if (!one || node.state === 'stopped') return
  saveNode(db, { ...node, state: one.state, lastSeen: one.state === 'up' ? seen.at : node.lastSeen })
}

/** An event when a node falls silent, and when it is heard again. */
function tellOfSilence(db: Database, cluster: Cluster, nodes: Node[], seen: NodeObservation[]): void {
  for (const one of seen) {
    const node = nodes.find(({ id }) => id === one.nodeId)
    if (node?.state === 'up' && one.state === 'unknown')
      writeEvent(db, {
        ...about(cluster, null),
        level: 'warn',
        text: `${nodeName(node)}: ${one.error.what}`,
        detail: one.error.why,
      })
    if (node?.state === 'unknown' && one.state === 'up')
      writeEvent(db, { ...about(cluster, null), level: 'good', text: `${nodeName(node)} answers again`, detail: '' })
  }
}

/** With the name of the node, where there are several. */
function problemOf(nodes: Node[], { nodeId, error }: Extract<NodeObservation, { state: 'unknown' }>): ErrorData {
  if (nodes.length < 2) return error
  const name = nodeName(nodes.find((node) => node.id === nodeId))
  return { ...error, what: `${name}: ${error.what}` }
}

function lost(nodes: Node[], gone: { nodeId: string; why: string }[], at: number): Parameters<typeof transition>[1] {
  const names = gone.map(({ nodeId }) => nodeName(nodes.find((node) => node.id === nodeId)))
  const error = new StyxError({
    code: 'node.gone',
    what: `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} gone`,
    why: gone[0]!.why,
    suggestion: 'Start it to make what is missing anew, or terminate it.',
  })
  return { is: 'lost', at, error: error.data }
}

const nodeName = (node: Node | undefined): string => (!node ? 'A node' : node.rank === 0 ? 'The head' : `Worker ${node.rank}`)
