import { randomUUID } from 'node:crypto'
import { type Cluster, isUsable } from '../../shared/cluster.ts'
import { StyxError } from '../../shared/error.ts'
import { type Job, type JobRequest, jobHasEnded } from '../../shared/job.ts'
import type { Node } from '../../shared/node.ts'
import type { Task } from '../../shared/task/task.ts'
import { readCluster } from '../storage/cluster-records.ts'
import type { Database } from '../storage/database.ts'
import { writeEvent } from '../storage/event-records.ts'
import {
  deleteJob,
  isAtRest,
  type JobRecord,
  lastJobAt,
  listJobs,
  nextJobNumber,
  readJob,
  saveJob,
} from '../storage/job-records.ts'
import { listNodes } from '../storage/node-records.ts'
import { keptText, requireRoom, requireSources, requireTask } from './check-request.ts'
import { cancelEvent, submittedEvent } from './events.ts'
import { createJobLives, type JobLivesDeps } from './job-lives.ts'
import { skyTaskId } from './job-script.ts'
import { afterFailure } from './job-state.ts'
import { placeJob } from './place-job.ts'

export type JobsDeps = JobLivesDeps & {
  /** user@host. */
  submittedBy: string
}

/** A request that was looked at: nothing of it can be wrong but the cluster it is for. */
export type CheckedRequest = { task: Task; yaml: string; secrets: Record<string, string>; request: JobRequest }

export type Jobs = ReturnType<typeof createJobs>

/** The jobs of this installation: every change of one begins here. */
export function createJobs(deps: JobsDeps) {
  const { db } = deps
  const lives = createJobLives(deps)
  const placed = (record: JobRecord, cluster: Cluster, nodes: Node[]) =>
    placeJob(record, nodes, lives.openOf(cluster.id), cluster.ray)

  /** @throws StyxError what `requireTask` and `requireSources` throw */
  const check = async (request: JobRequest): Promise<CheckedRequest> => {
    const task = requireTask(request)
    await requireSources(task)
    const own = Object.entries(task.secrets).filter((entry): entry is [string, string] => entry[1] !== null)
    return { task, yaml: keptText(request), secrets: { ...Object.fromEntries(own), ...request.secrets }, request }
  }

  /** Writes the job down; call it in the transaction of what it belongs to. `nodes` null: its cluster's launch sends it. */
  const create = (cluster: Cluster, nodes: Node[] | null, checked: CheckedRequest): Job => {
    const { task, request } = checked
    const number = nextJobNumber(db, cluster.id)
    const submittedAt = Math.max(Date.now(), lastJobAt(db) + 1) // two are never of the same time: lists go on by it
    const job: Job = {
      id: randomUUID(),
      clusterId: cluster.id,
      clusterName: cluster.name,
      number,
      name: task.name ?? `task ${number}`,
      state: 'INIT',
      runner: 'shell', // until it is on nodes
      gpusPerNode: null,
      ranks: [],
      exitCode: null,
      error: null,
      failed: null,
      submittedBy: deps.submittedBy,
      submittedAt,
      setupAt: null,
      runAt: null,
      endedAt: null,
      cancelledAt: null,
      whenDone: request.whenDone ?? 'keep',
      logProblem: null,
    }
    const record: JobRecord = {
      job,
      yaml: checked.yaml,
      work: {
        taskId: skyTaskId(cluster.name, number, new Date(submittedAt)),
        envs: request.envs ?? {},
        secrets: Object.keys(checked.secrets),
        sent: false,
        begun: false,
        withLaunch: nodes === null,
        ranks: [],
        closed: false,
        wasDone: false,
      },
    }
    saveJob(db, nodes ? placed(record, cluster, nodes) : record)
    writeEvent(db, submittedEvent(job))
    if (record.work.secrets.length > 0) lives.keepSecrets(job.id, checked.secrets)
    return job
  }

  return {
    check,
    create,
    /** @throws StyxError when nodes with these GPUs are too few for it, or have not what it asks for */
    requireRoom: ({ task }: CheckedRequest, nodes: string[][]) => requireRoom(task, nodes),

    /**
     * Writes the job down and answers; it is sent meanwhile.
     * @throws StyxError `task.…` | `job.…` for what cannot be run there
     */
    submit: async (clusterId: string, request: JobRequest): Promise<{ jobId: string }> => {
      requireUsable(db, clusterId)
      const checked = await check(request)
      const job = db.transaction(() => create(requireUsable(db, clusterId), listNodes(db, clusterId), checked))
      deps.atPoint?.('job/written')
      lives.advance(job.id)
      return { jobId: job.id }
    },

    /** TERM to all that it runs, KILL after 10 s. One that waits never begins. */
    cancel: async (jobId: string): Promise<void> => {
      const { job } = requireJob(readJob(db, jobId), jobId)
      if (jobHasEnded(job.state))
        throw new StyxError({ code: 'job.ended', what: 'The job has ended already', where: job.name, why: `It is ${job.state}.` })
      const at = Date.now()
      lives.write(
        jobId,
        (record) => {
          const asked = { ...record, job: { ...record.job, cancelledAt: record.job.cancelledAt ?? at } }
          return record.job.ranks.length > 0 ? asked : afterFailure(asked, 'CANCELLED', null, at) // no node has it yet
        },
        cancelEvent(job),
      )
      deps.atPoint?.('job/cancel-written')
      lives.advance(jobId)
    },

    read: (jobId: string): Job => requireJob(readJob(db, jobId), jobId).job,

    task: (jobId: string): { yaml: string } => ({ yaml: requireJob(readJob(db, jobId), jobId).yaml }),

    list: (page: { clusterId?: string; before?: number; limit: number }): Job[] => listJobs(db, page),

    /** Deletes a job with which nothing is to be done any more, and its log, here and on its nodes. */
    remove: async (jobId: string): Promise<void> => {
      const record = requireJob(readJob(db, jobId), jobId)
      const { job, work } = record
      if (!isAtRest(record))
        throw new StyxError({
          code: 'job.not-ended',
          what: 'The job is not done with yet',
          where: job.name,
          why: !jobHasEnded(job.state)
            ? `It is ${job.state}.`
            : work.closed
              ? `Its cluster is to ${job.whenDone} once its other jobs have ended.`
              : 'The rest of its log is being fetched.',
          suggestion: jobHasEnded(job.state) ? 'Wait until that is done.' : 'Cancel it first.',
        })
      deleteJob(db, jobId)
      await lives.clear(job)
    },

    /** The launch's last step: the job that was written with it goes to the nodes that it made. */
    sendWithLaunch: lives.sendWithLaunch,
    endAll: lives.endAll,
    /** Those that have not ended on any of these nodes, waiting or running. */
    liveOn: lives.liveOn,
    resume: lives.resume,
    close: lives.close,
  }
}

function requireJob(record: JobRecord | null, id: string): JobRecord {
  if (record) return record
  throw new StyxError({ code: 'job.unknown', what: 'There is no such job', where: id, suggestion: 'It may have been removed.' })
}

function requireUsable(db: Database, id: string): Cluster {
  const cluster = readCluster(db, id)
  if (!cluster) throw new StyxError({ code: 'cluster.unknown', what: 'There is no such cluster', where: id })
  if (isUsable(cluster, listNodes(db, id))) return cluster
  throw new StyxError({
    code: 'job.cluster-not-ready',
    what: 'The cluster takes no jobs now',
    where: cluster.name,
    why: `It is ${cluster.state.is}.`,
    suggestion: cluster.state.is === 'stopped' ? 'Start it first.' : 'Wait until it is ready, or use another.',
  })
}
