import type { Cluster } from '../../shared/cluster.ts'
import { StyxError } from '../../shared/error.ts'
import type { Endpoint, Node } from '../../shared/node.ts'
import type { Operation } from '../../shared/operation.ts'
import type { Place } from '../../shared/place.ts'
import type { Ray } from '../../shared/ray.ts'
import { readCluster } from '../storage/cluster-records.ts'
import type { Database } from '../storage/database.ts'
import { readNode } from '../storage/node-records.ts'
import { readOperation } from '../storage/operation-records.ts'
import { readPlace } from '../storage/place-records.ts'

/** The cluster. @throws StyxError `cluster.unknown` */
export const requireCluster = (db: Database, id: string): Cluster => readCluster(db, id) ?? unknown('cluster', id)

/** The place. @throws StyxError `place.unknown` */
export const requirePlace = (db: Database, id: string): Place => readPlace(db, id) ?? unknown('place', id)

/** The node. @throws StyxError `node.unknown` */
export const requireNode = (db: Database, id: string): Node => readNode(db, id) ?? unknown('node', id)

/**
 * A node of which something is wanted now, and its cluster. One that does not answer just now may do so when it is tried. `what`: that it
 * cannot be done.
 * @throws StyxError `node.not-up`, or that what is named is not there
 */
export function requireUp(db: Database, nodeId: string, what: string): { node: Node; endpoint: Endpoint; cluster: Cluster } {
  const node = requireNode(db, nodeId)
  const cluster = requireCluster(db, node.clusterId)
  const { endpoint, state } = node
  if (endpoint && (state === 'up' || state === 'unknown')) return { node, endpoint, cluster }
  throw new StyxError({
    code: 'node.not-up',
    what,
    where: cluster.name,
    why: `The node is ${state}.`,
    suggestion: 'Start the cluster first.',
  })
}

/** The operation with its attempts and steps. @throws StyxError `operation.unknown` */
export const requireOperation = (db: Database, id: string): Operation => readOperation(db, id) ?? unknown('operation', id)

/** The cluster, which has Ray. @throws StyxError `ray.none` */
export function requireRay(cluster: Cluster): Cluster & { ray: Ray } {
  if (cluster.ray) return { ...cluster, ray: cluster.ray }
  throw new StyxError({
    code: 'ray.none',
    what: 'This cluster has no Ray',
    where: cluster.name,
    why: 'It was launched without.',
    suggestion: 'Launch another cluster with Ray.',
  })
}

function unknown(what: string, id: string): never {
  throw new StyxError({
    code: `${what}.unknown`,
    what: `There is no such ${what}`,
    where: id,
    suggestion: 'It may have been removed. Go back to the board.',
  })
}
