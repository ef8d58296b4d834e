import type { Cluster } from '../../shared/cluster.ts'
import { type ErrorData, errorDataOf, StyxError } from '../../shared/error.ts'
import type { Node } from '../../shared/node.ts'
import type { Link } from '../transports/transport.ts'
import { unlessAborted } from '../transports/unless-aborted.ts'
import { type Folder, nodeFolder } from './node-folder.ts'
import type { NodeObservation, Observation, ProviderOptions } from './provider.ts'

const EVERY_MS = 10_000

export type Watched = { cluster: Cluster; nodes: Node[] }

/** A node that is watched: its connection is kept, and what was seen of it last. */
type Eye = {
  endpoint: string
  link: Link
  seen: NodeObservation | null
  /** Aborts a look when the connection breaks: it would wait for an answer that does not come. */
  broken: AbortController
  stop: AbortController
}

/**
 * Looks every 10 s, at once, and whenever a connection comes or goes, whether the nodes' folders are still there. `clusters`: those at
 * rest. A node that is cut off is unknown, and seen again by itself. Ends quietly with the signal.
 */
export async function watchNodes(
  deps: Pick<ProviderOptions, 'transport' | 'resources' | 'installationId'>,
  clusters: () => Watched[],
  emit: (observations: Observation[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const eyes = new Map<string, Eye>()
  let wake = () => {}
  let woken = false
  const rouse = () => {
    woken = true
    wake()
  }
  signal.addEventListener('abort', rouse, { once: true })

  const open = (node: Node): Eye => {
    const endpoint = JSON.stringify(node.endpoint)
    const known = eyes.get(node.id)
    if (known?.endpoint === endpoint) return known
    known?.stop.abort()
    const eye: Eye = { endpoint, link: { is: 'idle' }, seen: null, broken: new AbortController(), stop: new AbortController() }
    eyes.set(node.id, eye)
    const tell = (link: Link) => {
      const was = eye.link.is
      eye.link = link
      const error = problemOf(link)
      if (error) {
        eye.broken.abort()
        eye.seen = { nodeId: node.id, state: 'unknown', error }
      } else if (link.is === 'open' && was !== 'open') eye.broken = new AbortController()
      if (begun && (error || link.is === 'open')) rouse()
    }
    let begun = false // how it stands now is looked at in a moment
    deps.transport(node.endpoint as NonNullable<Node['endpoint']>).watch(tell, eye.stop.signal)
    begun = true
    return eye
  }

  const look = async (cluster: Cluster, node: Node): Promise<NodeObservation | null> => {
    if (!node.endpoint) return null
    const eye = open(node)
    if (eye.link.is !== 'open') return eye.seen
    const { broken } = eye
    const owner = { installationId: deps.installationId, clusterId: cluster.id, nodeId: node.id }
    const access = { transport: deps.transport(node.endpoint), resources: deps.resources, signal: broken.signal }
    const seen = await unlessAborted(nodeFolder('look', owner, access), broken.signal).then(
      (folder) => verdict(node.id, folder),
      (error: unknown): NodeObservation => ({ nodeId: node.id, state: 'unknown', error: errorDataOf(error) }),
    )
    // What broke it has said why.
    if (!broken.signal.aborted) eye.seen = seen
    return eye.seen
  }

  try {
    while (!signal.aborted) {
      woken = false
      const watched = clusters().map(({ cluster, nodes }) => ({ cluster, nodes: nodes.filter(lives) }))
      const ids = new Set(watched.flatMap(({ nodes }) => nodes.map(({ id }) => id)))
      for (const [id, eye] of eyes)
        if (!ids.has(id)) {
          eye.stop.abort()
          eyes.delete(id)
        }
      const all = await Promise.all(
        watched.map(async ({ cluster, nodes }) => ({
          cluster,
          seen: await Promise.all(nodes.map((node) => look(cluster, node))),
        })),
      )
      if (signal.aborted) return
      // An operation may have begun meanwhile: what it does to the folder is not news.
      const resting = new Map(clusters().map(({ cluster }) => [cluster.id, cluster.state.is]))
      const at = Date.now()
      const news = all.flatMap(({ cluster, seen }): Observation[] => {
        if (resting.get(cluster.id) !== cluster.state.is) return []
        const nodes = seen.filter((one) => one !== null)
        // Of one that is being connected to for the first time nothing is known.
        return nodes.length < seen.length ? [] : [{ clusterId: cluster.id, at, nodes }]
      })
      if (news.length > 0) emit(news)
      if (woken) continue
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, EVERY_MS)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  } finally {
    for (const eye of eyes.values()) {
      eye.stop.abort()
      eye.broken.abort()
    }
    signal.removeEventListener('abort', rouse)
  }
}

/** One without a folder yet is not gone, nor one whose folder is being removed. One that went may come back: its disk was not mounted. */
const lives = ({ state }: Node) => state !== 'pending' && state !== 'removing'

function problemOf(link: Link): ErrorData | null {
  switch (link.is) {
    case 'lost':
    case 'needs-you':
      return link.error
    case 'silent':
      return silent(link.since)
    default:
      return null
  }
}

const silent = (since: number) =>
  new StyxError({
    code: 'node.silent',
    what: 'The machine does not answer',
    why: `Nothing was heard from it for ${Math.round((Date.now() - since) / 1000)} s. What runs on it may well run on.`,
    suggestion: 'Check its network. It is seen again by itself.',
    retryable: true,
  }).data

function verdict(nodeId: string, { path, state }: Folder): NodeObservation {
  if (state === 'kept') return { nodeId, state: 'up' }
  const why =
    state === 'foreign' ? `${path} no longer carries the marker of this cluster.` : `Its folder ${path} is not there any more.`
  return { nodeId, state: 'gone', why }
}
