import type { Cluster } from '../../shared/cluster.ts'
import { StyxError } from '../../shared/error.ts'
import type { Job } from '../../shared/job.ts'
import { type Node, nodeName } from '../../shared/node.ts'

/**
 * The nodes that are to leave a cluster.
 * @throws StyxError `node.unknown` | `node.is-head`
 */
export function requireLeaving(cluster: Cluster, nodes: readonly Node[], nodeIds: readonly string[]): Node[] {
  const leaving = nodeIds.map((id) => {
    const node = nodes.find((one) => one.id === id)
    if (node) return node
    throw new StyxError({
      code: 'node.unknown',
      what: 'This node is not in the cluster any more',
      where: cluster.name,
      suggestion: 'Look at its nodes again.',
    })
  })
  if (leaving.some(({ rank }) => rank === 0))
    throw new StyxError({
      code: 'node.is-head',
      what: 'The head cannot be removed',
      where: cluster.name,
      why: 'The cluster stands on it: its queue and Ray’s head are there.',
      suggestion: 'Terminate the cluster, and launch another one on the machines that stay.',
    })
  return leaving
}

/** @throws StyxError `node.has-jobs` */
export function requireIdle(leaving: readonly Node[], jobs: readonly Job[]): void {
  if (jobs.length === 0) return
  const on = leaving.filter(({ id }) => jobs.some(({ ranks }) => ranks.some(({ nodeId }) => nodeId === id)))
  throw new StyxError({
    code: 'node.has-jobs',
    what: jobs.length === 1 ? 'A job is on what is to be removed' : `${jobs.length} jobs are on what is to be removed`,
    where: on.map(nodeName).join(', '),
    why: jobs.map(({ number, name, state }) => `${number} (${name}) is ${state}`).join(', '),
    suggestion: 'Wait until they have ended, or remove the nodes and end them.',
  })
}
