import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../../../shared/cluster.ts'
import { errorDataOf } from '../../../shared/error.ts'
import type { Endpoint, Node } from '../../../shared/node.ts'
import type { Transport } from '../../transports/transport.ts'
import { type Folder, nodeFolder } from '../node-folder.ts'
import type { Observation } from '../provider.ts'

const EVERY_MS = 10_000

export type Watched = { cluster: Cluster; nodes: Node[] }
type Deps = { resources: string; installationId: string; transport(endpoint: Endpoint): Transport }

/** Looks every 10 s, and at once, whether the folders of the clusters' nodes are still there. `clusters`: those at rest. Ends quietly with the signal. */
export async function watchLocal(
  deps: Deps,
  clusters: () => Watched[],
  emit: (observations: Observation[]) => void,
  signal: AbortSignal,
  every_ms = EVERY_MS,
): Promise<void> {
  while (!signal.aborted) {
    const seen: { cluster: Cluster; observation: Observation }[] = []
    for (const { cluster, nodes } of clusters()) {
      seen.push({ cluster, observation: await observe(deps, cluster, nodes.filter(lives), signal) })
      if (signal.aborted) return
    }
    // An operation may have begun meanwhile: what it does to the folder is not news.
    const resting = new Map(clusters().map(({ cluster }) => [cluster.id, cluster.state.is]))
    const news = seen.filter(({ cluster }) => resting.get(cluster.id) === cluster.state.is)
    if (news.length > 0) emit(news.map(({ observation }) => observation))
    await sleep(every_ms, undefined, { signal }).catch(() => {})
  }
}

/** One without a folder yet is not gone. One that went may come back: its disk was not mounted. */
const lives = ({ state }: Node) => state !== 'pending'

async function observe(deps: Deps, cluster: Cluster, nodes: Node[], signal: AbortSignal): Promise<Observation> {
  const about = { clusterId: cluster.id, at: Date.now() }
  try {
    const seen = []
    for (const node of nodes) {
      if (!node.endpoint) continue
      const owner = { installationId: deps.installationId, clusterId: cluster.id, nodeId: node.id }
      const folder = await nodeFolder('look', owner, {
        transport: deps.transport(node.endpoint),
        resources: deps.resources,
        signal,
      })
      seen.push({ nodeId: node.id, ...verdict(folder) })
    }
    return { ...about, nodes: seen }
  } catch (error) {
    return { ...about, unknown: errorDataOf(error, 'This machine') }
  }
}

function verdict({ path, state }: Folder): { state: 'up' | 'gone'; why: string } {
  if (state === 'kept') return { state: 'up', why: '' }
  return {
    state: 'gone',
    why:
      state === 'foreign' ? `${path} no longer carries the marker of this cluster.` : `Its folder ${path} is not there any more.`,
  }
}
