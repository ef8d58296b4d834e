import type { Cluster } from '../../shared/cluster.ts'
import { errorDataOf, StyxError } from '../../shared/error.ts'
import type { Node } from '../../shared/node.ts'
import type { Place, PlaceKind } from '../../shared/place.ts'
import type { Observation, Provider } from '../providers/provider.ts'
import { listClusters, readCluster, upsertCluster } from '../storage/cluster-records.ts'
import type { Database } from '../storage/database.ts'
import { writeEvent } from '../storage/event-records.ts'
import { listNodes, saveNode } from '../storage/node-records.ts'
import { about } from './events.ts'
import { transition } from './state.ts'

/** A watch that ended by an error is begun again after so long. */
const AGAIN_AFTER_MS = 10_000

/** Looks at every place's clusters until the signal aborts, and writes what was seen. */
export function watchClusters(
  db: Database,
  places: () => Place[],
  providers: Record<PlaceKind, Provider>,
  signal: AbortSignal,
): void {
  for (const place of places()) void watchPlace(place)

  async function watchPlace(place: Place): Promise<void> {
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
        await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS).unref())
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
    const state =
      cluster.state.is === 'stopped'
        ? cluster.state
        : transition(cluster.state, gone.length > 0 ? lost(nodes, gone, seen.at) : { is: 'well', at: seen.at })
    upsertCluster(db, { ...cluster, state, observed: { at: seen.at, problem: null } })
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
