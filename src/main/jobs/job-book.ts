import { StyxError } from '../../shared/error.ts'
import { jobHasEnded } from '../../shared/job.ts'
import type { Endpoint, Node } from '../../shared/node.ts'
import type { Database } from '../storage/database.ts'
import { type NewEvent, writeEvent } from '../storage/event-records.ts'
import { type JobRecord, listOpenJobs, readJob, saveJob } from '../storage/job-records.ts'
import { readNode } from '../storage/node-records.ts'
import type { Transport } from '../transports/transport.ts'
import { endedEvent } from './events.ts'
import type { JobNode } from './runner.ts'

/** What is written of jobs and their nodes, and the one way to write it. */
export type JobBook = ReturnType<typeof createJobBook>

export function createJobBook(deps: { db: Database; installationId: string; transport(endpoint: Endpoint): Transport }) {
  const { db } = deps

  /** Null: it is not known how to reach it, or it is gone. */
  const nodeOf = (nodeId: string): JobNode | null => {
    const node = readNode(db, nodeId)
    if (!node?.endpoint) return null
    const { clusterId, endpoint } = node
    const isHere = endpoint.via === 'local'
    return { installationId: deps.installationId, clusterId, nodeId, transport: deps.transport(endpoint), isHere }
  }

  const put = (before: JobRecord, after: JobRecord): void => {
    saveJob(db, after)
    if (jobHasEnded(after.job.state) && !jobHasEnded(before.job.state)) writeEvent(db, endedEvent(after.job))
  }

  return {
    read: (id: string): JobRecord | null => readJob(db, id),
    /** Jobs with which something is still to be done. */
    open: (): JobRecord[] => listOpenJobs(db),
    openOf: (clusterId: string): JobRecord[] => listOpenJobs(db).filter(({ job }) => job.clusterId === clusterId),
    /** Those that have not ended on any of these nodes. */
    liveOn: (nodeIds: readonly string[]): JobRecord[] =>
      listOpenJobs(db).filter(({ job, work }) =>
        job.ranks.some(({ nodeId, rank }) => nodeIds.includes(nodeId) && !jobHasEnded(work.ranks[rank]?.state ?? 'INIT')),
      ),
    put,
    /** Writes a change of a job as it is now. A job that was removed meanwhile stays removed. */
    write: (id: string, change: (record: JobRecord) => JobRecord, event?: NewEvent): void => {
      db.transaction(() => {
        const record = readJob(db, id)
        if (!record) return
        put(record, change(record))
        if (event) writeEvent(db, event)
      })
    },
    nodeOf,
    /** @throws StyxError `job.no-node` */
    requireNode: (nodeId: string): { node: Node; at: JobNode } => {
      const node = readNode(db, nodeId)
      const at = nodeOf(nodeId)
      if (node && at) return { node, at }
      throw new StyxError({
        code: 'job.no-node',
        what: 'The node of this job is not there any more',
        suggestion: 'Run it again on a cluster that is ready.',
      })
    },
  }
}
