import { randomUUID } from 'node:crypto'
import { takeGpus } from '../../shared/holders.ts'
import { blankNode, type Node } from '../../shared/node.ts'
import type { Offer } from '../../shared/offer.ts'
import type { Wanted } from '../providers/provider.ts'
import { readCluster } from '../storage/cluster-records.ts'
import type { Database } from '../storage/database.ts'
import { listAllNodes, saveNode } from '../storage/node-records.ts'

export type Reserved = { node: Node; offer: Offer }

/**
 * Records the nodes that are asked for and the GPUs that they hold from now on. Call it in the transaction of their operation: two that
 * come at once never get the same GPU.
 * @throws StyxError `gpus.held` | `gpus.too-few`
 */
export function reserveNodes(
  db: Database,
  clusterId: string,
  firstRank: number,
  wanted: readonly (Wanted & { offer: Offer })[],
): Reserved[] {
  const all = listAllNodes(db)
  return wanted.map(({ offer, gpus: wish, externalId }, index) => {
    const machine = { machineId: offer.machineId ?? '', hostname: offer.title, gpus: offer.gpus.map(({ uuid }) => uuid) }
    const gpus = offer.machineId === null ? null : takeGpus(machine, wish, all, (id) => clusterName(db, id))
    const rank = firstRank + index
    const node = blankNode({ id: randomUUID(), clusterId, rank, externalId, machineId: offer.machineId, gpus })
    saveNode(db, node)
    all.push(node)
    return { node, offer }
  })
}

/** What a cluster is called, for words. */
export const clusterName = (db: Database, id: string): string => readCluster(db, id)?.name ?? 'a cluster'

/** The names of the GPUs that a node will have. */
export const gpuNamesOf = ({ node, offer }: Reserved): string[] =>
  Array<string>(node.gpus?.length ?? offer.gpuCount).fill(offer.gpuName ?? '')
