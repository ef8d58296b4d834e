import type { Cluster } from '../../../shared/cluster.ts'
import { type Job, jobHasEnded } from '../../../shared/job.ts'
import type { Node } from '../../../shared/node.ts'
import { agoWords } from '../../data/time.ts'
import { count, hostName, nodeName } from '../../data/words.ts'
import { api } from '../../rpc/connection.ts'
import { confirm, Point } from '../../ui/confirm.tsx'

/** Asks before a node is taken out of its cluster, and names the jobs that end with it. `waits`: it is on its way, and its machine does not answer. */
export function askRemoveNode(cluster: Cluster, node: Node, jobs: readonly Job[], waits: boolean): void {
  const on = jobs.filter(({ state, ranks }) => !jobHasEnded(state) && ranks.some(({ nodeId }) => nodeId === node.id))
  const where = hostName(node)
  const silent = node.state !== 'up'
  const remove = (giveUp: boolean) => () =>
    api.clusters.removeNodes({ clusterId: cluster.id, nodeIds: [node.id], endJobs: true, giveUp })
  confirm({
    title: `Remove ${nodeName(node)} from ${cluster.name}?`,
    children: (
      <>
        <ul>
          <Point keeps={false}>
            What Styx made on {where} <strong>is removed</strong>, and its shells <strong>end</strong>.
          </Point>
          {on.length > 0 && (
            <Point keeps={false}>
              {count(on.length, 'job')} <strong>{on.length === 1 ? 'ends' : 'end'}</strong> with it, on all nodes:{' '}
              {on.map(({ number, name }) => `${number} (${name})`).join(', ')}.
            </Point>
          )}
          <Point keeps>The other nodes keep their names and go on, and the cluster stays usable.</Point>
        </ul>
        {silent && (
          <p>
            It {node.lastSeen === null ? 'has never answered' : `was last seen ${agoWords(node.lastSeen, Date.now())}`}. If its
            machine is gone for ever, <strong>give it up</strong>: nothing is asked of it any more, and what Styx made there stays
            there and is named.
          </p>
        )}
      </>
    ),
    keep: waits ? 'Wait for it' : 'Keep it',
    choices: [
      ...(silent ? [{ label: 'Give it up', danger: true, run: remove(true) }] : []),
      ...(waits
        ? []
        : [
            {
              label: on.length > 0 ? `End ${count(on.length, 'job')} and remove` : `Remove ${nodeName(node)}`,
              danger: true,
              run: remove(false),
            },
          ]),
    ],
  })
}
