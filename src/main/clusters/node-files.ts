import { StyxError } from '../../shared/error.ts'
import type { Folder } from '../../shared/folder.ts'
import type { Endpoint } from '../../shared/node.ts'
import type { OpenDownload } from '../byte-stream.ts'
import { listFolder } from '../files/list-folder.ts'
import { readFileOf } from '../files/read-file.ts'
import type { Database } from '../storage/database.ts'
import type { Transport } from '../transports/transport.ts'
import { requireCluster, requireNode } from './lookup.ts'

type Parts = { db: Database; resources: string; installationId: string; transport(endpoint: Endpoint): Transport }

export type NodeFiles = {
  /** @param path absolute; null: where the node's jobs work. @throws StyxError `node.not-up` | `files.…` */
  list(nodeId: string, path: string | null, signal: AbortSignal): Promise<Folder>
  /** Downloads of files of nodes, by the addresses of shared/folder.ts. */
  openDownload: OpenDownload
}

/** The files of nodes, as the user there sees them. */
export function createNodeFiles({ db, resources, installationId, transport }: Parts): NodeFiles {
  const reach = (nodeId: string) => {
    const node = requireNode(db, nodeId)
    const cluster = requireCluster(db, node.clusterId)
    // One that does not answer just now may do so when it is tried.
    if (!node.endpoint || (node.state !== 'up' && node.state !== 'unknown')) throw notUp(cluster.name, node.state)
    return { installationId, clusterId: cluster.id, nodeId, transport: transport(node.endpoint) }
  }
  return {
    list: async (nodeId, path, signal) => listFolder(reach(nodeId), path, resources, signal),
    openDownload: async (address, query, signal) => {
      const [, nodeId] = /^file\/([\w-]{1,100})$/.exec(address) ?? []
      const path = query.get('path')
      if (!nodeId || !path?.startsWith('/')) return null
      return readFileOf(reach(nodeId).transport, path, signal)
    },
  }
}

const notUp = (where: string, state: string) =>
  new StyxError({
    code: 'node.not-up',
    what: 'The files of this node cannot be read now',
    where,
    why: `The node is ${state}.`,
    suggestion: 'Start the cluster first.',
  })
