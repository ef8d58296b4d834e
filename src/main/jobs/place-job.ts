import { jobHasEnded } from '../../shared/job.ts'
import type { Node } from '../../shared/node.ts'
import type { Ray } from '../../shared/ray.ts'
import type { Task } from '../../shared/task/task.ts'
import type { JobRecord } from '../storage/job-records.ts'
import { fits, gpusOf, requireRoom, requireTaskOf } from './check-request.ts'
import { onNodes } from './job-state.ts'

/**
 * A job with its nodes and its runner, as they are best now: the nodes that have what it asks for and the least to do. `others`: the
 * jobs of its cluster. Pure.
 * @throws StyxError `job.too-many-nodes` | `job.gpus-missing`
 */
export function placeJob(record: JobRecord, all: Node[], others: JobRecord[], ray: Ray | null): JobRecord {
  const task = requireTaskOf(record)
  const nodes = all.filter(({ state }) => state !== 'pending' && state !== 'removing') // it comes, or goes
  const open = others.filter(({ job }) => job.id !== record.job.id && !jobHasEnded(job.state))
  const chosen = chooseNodes(task, nodes, open)
  const { job, work, yaml } = onNodes(record, chosen, requireRoom(task, chosen.map(gpusOf)))
  // Two queues that do not know of each other would run two jobs at once: what began with one goes on with it until it is empty.
  const byRay = ray?.is === 'running' && !open.some((one) => one.job.runner === 'shell' && one.job.ranks.length > 0)
  return { job: { ...job, runner: byRay ? 'ray' : 'shell' }, work, yaml }
}

/** In the order of the nodes: the head is rank 0 where it takes part. */
function chooseNodes(task: Task, nodes: Node[], open: JobRecord[]): Node[] {
  const able = nodes.filter((node) => fits(task, gpusOf(node)))
  const from = able.length >= task.numNodes ? able : nodes
  const busy = new Map<string, number>()
  for (const { job } of open)
    for (const { nodeId, state } of job.ranks)
      if (!jobHasEnded(state)) busy.set(nodeId, (busy.get(nodeId) ?? 0) + (job.gpusPerNode ?? WHOLE))
  const burden = (node: Node) => (busy.get(node.id) ?? 0) + (node.state === 'up' ? 0 : UNSEEN)
  const free = [...from].sort((a, b) => burden(a) - burden(b) || a.rank - b.rank)
  return free.slice(0, task.numNodes).sort((a, b) => a.rank - b.rank)
}

/** A job that has a node alone weighs more than any number of GPUs. */
const WHOLE = 1000
/** One that does not answer now is taken only where there is no other. */
const UNSEEN = 1_000_000
