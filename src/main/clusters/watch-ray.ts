import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../../shared/cluster.ts'
import { errorDataOf } from '../../shared/error.ts'
import { type Endpoint, type Node, nodeName } from '../../shared/node.ts'
import type { Ray, RayNode } from '../../shared/ray.ts'
import { followHealth } from '../ray/health.ts'
import { judge, patient } from '../ray/patience.ts'
import type { Probe } from '../ray/probe.ts'
import { withNode } from '../ray/record.ts'
import { startWorker } from '../ray/start-stop.ts'
import { changeRay, listClusters, readCluster } from '../storage/cluster-records.ts'
import type { Database } from '../storage/database.ts'
import { writeEvent } from '../storage/event-records.ts'
import { listNodes } from '../storage/node-records.ts'
import { followTopic } from '../topics.ts'
import type { Transport } from '../transports/transport.ts'
import { about } from './events.ts'

const EVERY_S = 3
/** A worker that is lost is started again so long after it was, each time longer, and no more within the hour. */
const AGAIN_MS = [0, 30_000, 120_000]
const HOUR_MS = 3_600_000

export type RayWatchDeps = {
  db: Database
  /** The folder `resources` of this installation. */
  resources: string
  installationId: string
  transport(endpoint: Endpoint): Transport
}

/** Looks at the Ray of every cluster that has one running until the signal aborts, writes what was seen, and starts lost workers again. */
export function watchRay(deps: RayWatchDeps, signal: AbortSignal): void {
  const { db } = deps
  const watches = new Map<string, { key: string; stop: AbortController }>()
  void followTopic(db.changes, signal, {
    begin: () => {
      const keys = new Map(listClusters(db).map((cluster) => [cluster.id, keyOf(cluster)]))
      for (const id of new Set([...watches.keys(), ...keys.keys()])) heed(id, keys.get(id) ?? null)
    },
    message: (change) => {
      if (change.type === 'cluster') heed(change.cluster.id, keyOf(change.cluster))
      if (change.type === 'gone' && change.of === 'cluster') heed(change.id, null)
    },
  }).finally(() => {
    for (const { stop } of watches.values()) stop.abort()
  })

  function heed(id: string, key: string | null): void {
    const watch = watches.get(id)
    if ((watch?.key ?? null) === key) return
    watch?.stop.abort()
    watches.delete(id)
    if (key === null) return
    const stop = new AbortController()
    watches.set(id, { key, stop })
    void watchOne(deps, id, stop.signal)
  }
}

/** Which Ray is watched: another one after a restart. Null: none runs, or an operation knows better. */
function keyOf({ state, ray }: Cluster): string | null {
  if (state.is !== 'ready' && state.is !== 'degraded') return null
  const head = ray?.nodes[0]
  if (!ray || !head?.port || (ray.is !== 'running' && ray.is !== 'degraded')) return null
  return `${head.folder} ${head.port} ${ray.version}`
}

async function watchOne(deps: RayWatchDeps, clusterId: string, signal: AbortSignal): Promise<void> {
  const { db, resources } = deps
  const restarts = createRestarts(deps, clusterId, signal)
  let patience = patient
  const heed = (probe: Probe) => {
    const cluster = readCluster(db, clusterId)
    if (!cluster?.ray || keyOf(cluster) === null || signal.aborted) return
    const nodes = listNodes(db, clusterId)
    const seen = judge(cluster.ray, nodes, probe, patience, Date.now())
    patience = seen.patience
    write(db, cluster, seen.ray)
    for (const one of seen.ray.nodes)
      restarts.heed(
        one,
        nodes.find(({ id }) => id === one.nodeId),
      )
  }
  while (!signal.aborted) {
    const ray = readCluster(db, clusterId)?.ray
    const head = listNodes(db, clusterId).find(({ rank }) => rank === 0)
    if (!ray || !head?.endpoint) return
    const access = { transport: deps.transport(head.endpoint), resources, signal, where: 'head' }
    let why = 'what looks at it there was ended'
    try {
      for await (const probe of followHealth(ray, access, EVERY_S)) heed(probe)
    } catch (error) {
      why = errorDataOf(error).what
    }
    if (signal.aborted) return
    // Of a head that is cut off nothing is known, and that is said of the node.
    if (listNodes(db, clusterId).find(({ rank }) => rank === 0)?.state === 'up') heed({ why, nodes: [], use: null })
    await sleep(EVERY_S * 1000, undefined, { signal, ref: false }).catch(() => {})
  }
}

/** Writes what is other than before, with an event where it turned. */
function write(db: Database, cluster: Cluster, ray: Ray): void {
  if (JSON.stringify(ray) === JSON.stringify(cluster.ray)) return
  db.transaction(() => {
    changeRay(db, cluster.id, () => ray)
    if (ray.is === cluster.ray?.is) return
    const { error } = ray
    if (error)
      writeEvent(db, {
        ...about(cluster, null),
        level: 'warn',
        text: `${error.what}: ${error.where}`,
        detail: [error.why, error.suggestion].filter(Boolean).join('\n'),
      })
    else writeEvent(db, { ...about(cluster, null), level: 'good', text: 'Ray is whole again', detail: '' })
  })
}

/** Starts lost workers of a cluster again, a few times. A raylet that was cut off ends itself, so its machine comes back without Ray. */
function createRestarts(deps: RayWatchDeps, clusterId: string, signal: AbortSignal) {
  const { db, resources, installationId } = deps
  const begun = new Map<string, number[]>()
  const running = new Set<string>()

  async function start(nodeId: string, times: number): Promise<void> {
    const cluster = readCluster(db, clusterId)
    const nodes = listNodes(db, clusterId)
    const [head, node] = [nodes.find(({ rank }) => rank === 0), nodes.find(({ id }) => id === nodeId)]
    if (!cluster?.ray || !head?.endpoint || !node?.endpoint) return
    const of = about(cluster, null)
    const name = nodeName(node)
    const tell = (level: 'info' | 'warn', text: string, detail: string) =>
      db.transaction(() => writeEvent(db, { ...of, level, text, detail }))
    tell('info', `Ray is started again on ${name}`, `Try ${times} of ${AGAIN_MS.length}`)
    const access = (to: Node) => ({ transport: deps.transport(to.endpoint!), resources, signal, where: nodeName(to) })
    const starting = { installationId, clusterId, nodes, ray: cluster.ray, access, log: () => {} }
    try {
      const up = await startWorker(starting, head, node)
      changeRay(db, clusterId, (ray) => withNode(ray, nodes, node.id, up, Date.now()))
    } catch (error) {
      if (signal.aborted) return
      const { what, why } = errorDataOf(error)
      tell('warn', `Ray could not be started again on ${name}: ${what}`, why)
    }
  }

  return {
    heed: ({ nodeId, alive }: RayNode, node: Node | undefined): void => {
      if (alive !== false || !node || node.rank === 0 || node.state !== 'up' || running.has(nodeId)) return
      const now = Date.now()
      const before = (begun.get(nodeId) ?? []).filter((at) => now - at < HOUR_MS)
      const wait = AGAIN_MS[before.length]
      if (wait === undefined || now - (before.at(-1) ?? 0) < wait) return
      begun.set(nodeId, [...before, now])
      running.add(nodeId)
      void start(nodeId, before.length + 1).finally(() => running.delete(nodeId))
    },
  }
}
