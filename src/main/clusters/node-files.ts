import type { Folder } from '../../shared/folder.ts'
import type { Endpoint } from '../../shared/node.ts'
import type { OpenDownload } from '../byte-stream.ts'
import { listFolder } from '../files/list-folder.ts'
import { readFileOf } from '../files/read-file.ts'
import type { Database } from '../storage/database.ts'
import type { Transport } from '../transports/transport.ts'
import { requireUp } from './lookup.ts'

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
    const { endpoint, cluster } = requireUp(db, nodeId, 'The files of this node cannot be read now')
    return { installationId, clusterId: cluster.id, nodeId, transport: transport(endpoint) }
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
