import { type ErrorData, errorDataOf, StyxError } from '../../shared/error.ts'
import type { Event } from '../../shared/event.ts'
import { type Job, jobHasEnded } from '../../shared/job.ts'
import type { Endpoint } from '../../shared/node.ts'
import type { Progress } from '../../shared/operation.ts'
import { readCluster } from '../storage/cluster-records.ts'
import type { Database } from '../storage/database.ts'
import { writeEvent } from '../storage/event-records.ts'
import { type JobRecord, listOpenJobs, readJob, readJournalOffset, saveJob, writeJournalOffset } from '../storage/job-records.ts'
import { listNodes, readNode } from '../storage/node-records.ts'
import type { Secrets } from '../storage/secrets.ts'
import { followTopic } from '../topics.ts'
import type { Transport } from '../transports/transport.ts'
import { attendNodes } from './attend-nodes.ts'
import { gpusOf, requireRoom, requireTaskOf } from './check-request.ts'
import { endedEvent, whenDoneEvent } from './events.ts'
import { followRank, type JobLogs, type RankFollower } from './follow-rank.ts'
import { afterEntry, afterFailure, onNodes } from './job-state.ts'
import type { JournalEntry } from './journal.ts'
import type { JobNode, Runner } from './runner.ts'
import { jobSecrets } from './secrets.ts'
import { secretsLost, sendJob } from './send-job.ts'

export type JobLivesDeps = {
  db: Database
  installationId: string
  runner: Runner
  transport(endpoint: Endpoint): Transport
  logs: JobLogs
  secrets: Promise<Secrets>
  /** Stops or terminates a cluster whose jobs asked for it. @throws StyxError when that cannot be begun now */
  whenDone(clusterId: string, how: 'stop' | 'terminate'): void
  /** Crash tests. */
  atPoint?: (point: string) => void
}

/** What printed within this time is printed now: no need to ask when. */
const FRESH_MS = 2_000
const CANCEL_AGAIN_MS = 5_000

/**
 * What becomes of jobs: each is brought on from what is written of it, by `advance`, which may be called at any time and as often as
 * one likes. So a start of the engine goes on with all of them in the same way.
 */
export function createJobLives(deps: JobLivesDeps) {
  const { db, runner, logs } = deps
  const closing = new AbortController()
  const { signal } = closing
  const secrets = jobSecrets(deps.secrets)
  const sending = new Map<string, AbortController>()
  const queues = new Map<string, Promise<void>>() // by cluster: jobs come to a node in the order of their submission
  const followers = new Map<string, RankFollower>()
  const cancelling = new Set<string>()
  const ending = new Set<string>()
  const reports = new Map<string, (progress: Progress) => void>() // by job: who shows how far its sending is

  const nodeOf = (nodeId: string): JobNode | null => {
    const node = readNode(db, nodeId)
    if (!node?.endpoint) return null
    const { clusterId } = node
    const isHere = node.endpoint.via === 'local'
    return { installationId: deps.installationId, clusterId, nodeId, transport: deps.transport(node.endpoint), isHere }
  }
  const liveOn = (nodeId: string) =>
    listOpenJobs(db).filter(({ job, work }) =>
      job.ranks.some((rank) => rank.nodeId === nodeId && !jobHasEnded(work.ranks[rank.rank]?.state ?? 'INIT')),
    )

  const attention = attendNodes({
    runner,
    signal,
    node: nodeOf,
    isBusy: (nodeId) => liveOn(nodeId).some(({ job, work }) => work.sent || sending.has(job.id)),
    jobsOn: (nodeId) => liveOn(nodeId).flatMap(({ job, work }) => (work.sent ? [job.id] : [])),
    offset: (nodeId) => readJournalOffset(db, nodeId),
    heard: (nodeId, entries, end) => hear(nodeId, entries, end),
    lost: (nodeId, jobIds) => {
      const at = Date.now()
      const gone = { at, state: 'FAILED_DRIVER', exitCode: null, out: null, err: null, why: 'folder-gone' } as const
      const entries = liveOn(nodeId)
        .filter(({ job }) => jobIds.includes(job.id))
        .flatMap(({ job }) =>
          job.ranks.flatMap((rank) => (rank.nodeId === nodeId ? [{ ...gone, jobId: job.id, rank: rank.rank }] : [])),
        )
      hear(nodeId, entries, readJournalOffset(db, nodeId))
    },
  })

  /** Writes what a node said, together with how far it was heard, so that nothing is missed or taken twice. */
  function hear(nodeId: string, entries: JournalEntry[], end: number): void {
    deps.atPoint?.('job/heard')
    const ids = new Set<string>()
    db.transaction(() => {
      for (const entry of entries) {
        const record = readJob(db, entry.jobId)
        if (record?.job.ranks[entry.rank]?.nodeId !== nodeId) continue
        put(record, afterEntry(record, entry))
        ids.add(entry.jobId)
      }
      writeJournalOffset(db, nodeId, end)
    })
    deps.atPoint?.('job/heard-written')
    for (const id of ids) advance(id)
  }

  function put(before: JobRecord, after: JobRecord): void {
    saveJob(db, after)
    if (jobHasEnded(after.job.state) && !jobHasEnded(before.job.state)) writeEvent(db, endedEvent(after.job))
  }

  /** Writes a change of a job as it is now. A job that was removed meanwhile stays removed. */
  function write(id: string, change: (record: JobRecord) => JobRecord, event?: Omit<Event, 'id'>): void {
    db.transaction(() => {
      const record = readJob(db, id)
      if (!record) return
      put(record, change(record))
      if (event) writeEvent(db, event)
    })
  }

  /** Brings about what is to be done with a job next, by what is written of it. */
  function advance(id: string): void {
    if (signal.aborted) return
    const record = readJob(db, id)
    if (!record) return
    const { job, work } = record
    const ended = jobHasEnded(job.state)
    if (!ended && !work.sent && !work.withLaunch) queueSend(id)
    if (!ended && work.sent) for (const { nodeId } of job.ranks) attention.attend(nodeId)
    const failed = work.ranks.some(({ state }) => jobHasEnded(state) && state !== 'SUCCEEDED')
    if (!ended && (job.cancelledAt !== null || failed)) void cancelRanks(id)
    for (const { rank } of work.ranks) advanceLog(record, rank)
    if (ended && !work.closed && work.ranks.every(({ logged }) => logged)) void closeLog(id)
    if (ended && work.closed) settleCluster(job.clusterId)
  }

  /** `begins`: it will print at any moment, whatever is written of it. */
  function advanceLog({ job, work }: JobRecord, rank: number, begins = false): void {
    const now = work.ranks[rank]
    const nodeId = job.ranks[rank]?.nodeId
    if (!now || now.logged || nodeId === undefined) return
    const key = `${job.id}/${rank}`
    const ended = jobHasEnded(now.state)
    const begunAt = now.setupAt ?? now.runAt
    let follower = followers.get(key)
    if (!follower) {
      if (begunAt === null && !begins) {
        if (ended) logged(job.id, rank, null)
        return
      }
      const node = nodeOf(nodeId)
      if (!node) {
        if (ended) logged(job.id, rank, 'Its node is gone: what of the log had not been fetched is lost.')
        return
      }
      follower = followRank({
        runner,
        store: logs,
        node,
        jobId: job.id,
        rank,
        kept: now.kept,
        fresh: begins || Date.now() - (begunAt ?? 0) < FRESH_MS,
        onDone: (problem) => {
          followers.delete(key)
          logged(job.id, rank, problem)
        },
      })
      followers.set(key, follower)
    }
    follower.drop(now.kept)
    if (ended) follower.finish(now.size)
  }

  /** All of a rank's log is here, but for the problem. */
  function logged(id: string, rank: number, problem: string | null): void {
    deps.atPoint?.('job/logged')
    write(id, ({ job, work, yaml }) => ({
      job: { ...job, logProblem: problem ?? job.logProblem },
      work: { ...work, ranks: work.ranks.map((one) => (one.rank === rank ? { ...one, logged: true } : one)) },
      yaml,
    }))
    if (problem !== null) void logs.tellGap(`job:${id}`, problem).catch(() => {})
    advance(id)
  }

  async function closeLog(id: string): Promise<void> {
    if (ending.has(id)) return
    ending.add(id)
    try {
      await logs.end(`job:${id}`)
      write(id, (record) => ({ ...record, work: { ...record.work, closed: true } }))
      deps.atPoint?.('job/closed')
      advance(id)
    } catch {
      // The store is closing: the next start closes the log.
    } finally {
      ending.delete(id)
    }
  }

  /** `whenDone` of jobs that have ended, once nothing else waits or runs on their cluster. */
  function settleCluster(clusterId: string): void {
    const jobs = listOpenJobs(db).filter(({ job }) => job.clusterId === clusterId)
    const done = jobs.filter(({ job, work }) => jobHasEnded(job.state) && work.closed && !work.wasDone)
    const state = readCluster(db, clusterId)?.state.is
    if (done.length === 0 || done.length < jobs.length || state === 'launching' || state === 'starting') return
    const [last] = done.filter(({ job }) => job.whenDone === 'terminate').concat(done)
    try {
      if (last && (state === 'ready' || state === 'degraded')) {
        db.transaction(() => writeEvent(db, whenDoneEvent(last.job)))
        deps.whenDone(clusterId, last.job.whenDone as 'stop' | 'terminate')
      }
    } catch (error) {
      db.transaction(() =>
        writeEvent(db, { ...whenDoneEvent((last as JobRecord).job), level: 'bad', detail: errorDataOf(error).why }),
      )
    }
    for (const { job } of done) write(job.id, (record) => ({ ...record, work: { ...record.work, wasDone: true } }))
  }

  // ---- to the nodes

  function queueSend(id: string): void {
    if (sending.has(id)) return
    const stop = new AbortController()
    sending.set(id, stop)
    const { clusterId } = (readJob(db, id) as JobRecord).job
    const before = queues.get(clusterId) ?? Promise.resolve()
    const sent = before.then(() => send(id, stop))
    queues.set(clusterId, sent)
    void sent.finally(() => {
      if (queues.get(clusterId) === sent) queues.delete(clusterId)
    })
  }

  /** Never rejects: what fails is the job's own failure. */
  async function send(id: string, stop: AbortController): Promise<void> {
    const onClose = () => stop.abort()
    signal.addEventListener('abort', onClose, { once: true })
    let error: ErrorData | null = null
    try {
      const record = readJob(db, id)
      if (!record || jobHasEnded(record.job.state) || record.work.sent) return
      if (record.job.cancelledAt !== null) stop.abort()
      stop.signal.throwIfAborted()
      deps.atPoint?.('job/send')
      const given = record.work.secrets.length > 0 ? await secrets.take(id) : {}
      if (!given) throw secretsLost(record.work.secrets)
      await sendJob({
        runner,
        record,
        nodes: record.job.ranks.map(({ nodeId }) => requireNode(nodeId)),
        secrets: given,
        onNode: attention.attend,
        onBegin: (rank) => advanceLog(record, rank, true),
        report: (progress) => reports.get(id)?.(progress),
        say: (text) => void logs.write(`job:${id}`, 'send', null, Buffer.from(`${text}\n`), Date.now()).catch(() => {}),
        signal: stop.signal,
      })
      deps.atPoint?.('job/send-effect')
      write(id, (now) => ({ ...now, work: { ...now.work, sent: true } }))
      deps.atPoint?.('job/sent')
      void secrets.forget(id)
      return
    } catch (caught) {
      error = errorDataOf(caught)
    } finally {
      signal.removeEventListener('abort', onClose)
      sending.delete(id)
      if (error === null) advance(id)
    }
    if (signal.aborted) return
    const cancelled = readJob(db, id)?.job.cancelledAt !== null
    await tellRanksToEnd(id)
    if (signal.aborted) return
    write(id, (now) => afterFailure(now, cancelled ? 'CANCELLED' : 'FAILED_DRIVER', cancelled ? null : error, Date.now()))
    void secrets.forget(id)
    advance(id)
  }

  function requireNode(nodeId: string) {
    const node = readNode(db, nodeId)
    const at = nodeOf(nodeId)
    if (node && at) return { node, at }
    throw new StyxError({
      code: 'job.no-node',
      what: 'The node of this job is not there any more',
      suggestion: 'Run it again on a cluster that is ready.',
    })
  }

  // ---- its end

  /** Until every rank has ended: a node that cannot be reached now is told later. */
  async function cancelRanks(id: string): Promise<void> {
    sending.get(id)?.abort() // it ends its ranks itself then
    if (sending.has(id) || cancelling.has(id)) return
    cancelling.add(id)
    try {
      for (;;) {
        const record = readJob(db, id)
        if (signal.aborted || !record || jobHasEnded(record.job.state)) return
        deps.atPoint?.('job/cancel')
        const all = await tellRanksToEnd(id)
        deps.atPoint?.('job/cancel-effect')
        if (all) return
        await new Promise((resolve) => setTimeout(resolve, CANCEL_AGAIN_MS).unref())
      }
    } finally {
      cancelling.delete(id)
    }
  }

  /** False: not every node could be told. */
  async function tellRanksToEnd(id: string): Promise<boolean> {
    const record = readJob(db, id)
    const told = await Promise.allSettled(
      (record?.job.ranks ?? []).map(async ({ rank, nodeId }) => {
        const node = nodeOf(nodeId)
        if (node && !jobHasEnded(record?.work.ranks[rank]?.state ?? 'INIT')) await runner.cancel(node, id, rank, signal)
      }),
    )
    return told.every(({ status }) => status === 'fulfilled')
  }

  return {
    write,
    advance,
    keepSecrets: secrets.keep,

    /** The job that was written with a cluster's launch goes to the nodes that it made. What fails then is the job's own failure. */
    sendWithLaunch: async (
      clusterId: string,
      report: (progress: Progress) => void,
      log: (text: string) => void,
      step: AbortSignal,
    ) => {
      const waiting = listOpenJobs(db).find(({ job, work }) => job.clusterId === clusterId && work.withLaunch)
      if (!waiting || jobHasEnded(waiting.job.state)) return log('There is no job that waits for this launch.')
      const { id } = waiting.job
      try {
        write(id, (record) => {
          const task = requireTaskOf(record)
          const nodes = listNodes(db, clusterId)
          return onNodes(record, nodes.slice(0, task.numNodes), requireRoom(task, nodes.map(gpusOf)))
        })
      } catch (error) {
        if (!(error instanceof StyxError) || error.data.code.startsWith('database.')) throw error
        write(id, (record) =>
          afterFailure({ ...record, work: { ...record.work, withLaunch: false } }, 'FAILED_DRIVER', error.data, Date.now()),
        )
        log(error.message)
        return advance(id)
      }
      reports.set(id, report)
      advance(id)
      await untilJobs(() => !sending.has(id), Number.POSITIVE_INFINITY, step)
      reports.delete(id)
      step.throwIfAborted()
      const { state, error } = readJob(db, id)?.job ?? {}
      log(error ? `The job could not be sent: ${error.what}` : `The job is on its nodes: ${state}`)
    },

    /** Ends the jobs of a cluster that is stopped or terminated, and fetches what remains of their logs. */
    endAll: async (clusterId: string, error: ErrorData, patience_ms: number, log: (text: string) => void, step: AbortSignal) => {
      const jobs = listOpenJobs(db).filter(({ job }) => job.clusterId === clusterId)
      for (const { job } of jobs)
        if (!jobHasEnded(job.state)) {
          log(`Ending job ${job.number} (${job.name})`)
          write(job.id, (record) => ({
            ...record,
            job: { ...record.job, cancelledAt: record.job.cancelledAt ?? Date.now(), error },
          }))
          if (job.ranks.length === 0) write(job.id, (record) => afterFailure(record, 'CANCELLED', error, Date.now()))
          advance(job.id)
        }
      const ids = jobs.map(({ job }) => job.id)
      const isOver = (id: string) => {
        const record = readJob(db, id)
        return !record || (jobHasEnded(record.job.state) && record.work.closed)
      }
      await untilJobs(() => ids.every(isOver), patience_ms, step)
      step.throwIfAborted()
      for (const id of ids.filter((one) => !isOver(one))) {
        const { job } = readJob(db, id) as JobRecord
        log(`Job ${job.number} (${job.name}) could not be ended in time, or its log not fetched to its end`)
        await abandon(id, 'CANCELLED', error)
      }
    },

    /** Goes on with what an earlier engine left. */
    resume: (): void => {
      for (const { job } of listOpenJobs(db)) advance(job.id)
      void followTopic(db.changes, signal, {
        message: (change) => {
          if (change.type !== 'cluster') return
          const { id, state } = change.cluster
          if (state.is === 'ready' || state.is === 'degraded') settleCluster(id)
          if (state.is === 'failed' || state.is === 'terminated') clusterIsGone(id)
        },
        begin: () => {
          for (const { job } of listOpenJobs(db)) {
            const is = readCluster(db, job.clusterId)?.state.is
            if (is === undefined || is === 'failed' || is === 'terminated') clusterIsGone(job.clusterId)
          }
        },
      })
    },

    /** Deletes what is kept of a job that has ended: its log, and its folder on nodes that can still be reached. */
    clear: async (job: Job): Promise<void> => {
      for (const [key, follower] of followers)
        if (key.startsWith(`${job.id}/`)) {
          follower.stop()
          followers.delete(key)
        }
      await logs.remove(`job:${job.id}`)
      await Promise.allSettled(
        job.ranks.map(async ({ nodeId }) => {
          const node = nodeOf(nodeId)
          if (node) await runner.remove(node, job.id, signal)
        }),
      )
    },

    close: async (): Promise<void> => {
      closing.abort()
      for (const follower of followers.values()) follower.stop()
      await Promise.allSettled([attention.close(), ...queues.values()])
    },
  }

  /** Until it is so, looked at with every change. Gives up quietly. */
  async function untilJobs(isSo: () => boolean, patience_ms: number, step: AbortSignal): Promise<void> {
    const stop = new AbortController()
    const end = () => stop.abort()
    for (const one of [step, signal]) one.addEventListener('abort', end, { once: true })
    const timer = Number.isFinite(patience_ms) ? setTimeout(end, patience_ms) : undefined
    try {
      if (step.aborted || signal.aborted) return
      const changes = db.changes.subscribe(stop.signal)
      if (isSo()) return
      for await (const change of changes) if (change.type === 'job' && isSo()) return
    } finally {
      clearTimeout(timer)
      for (const one of [step, signal]) one.removeEventListener('abort', end)
      stop.abort()
    }
  }

  /** Nothing more is to be had of it: it ends here, and what is missing of its log is said. */
  async function abandon(id: string, state: 'CANCELLED' | 'FAILED_DRIVER', error: ErrorData): Promise<void> {
    const words = 'Its node did not answer when the cluster was ended: what of the log had not been fetched is lost.'
    sending.get(id)?.abort()
    for (const [key, follower] of followers)
      if (key.startsWith(`${id}/`)) {
        follower.stop()
        followers.delete(key)
      }
    const missing = readJob(db, id)?.work.ranks.some(({ logged: all, runAt, setupAt }) => !all && (runAt ?? setupAt) !== null)
    if (missing) await logs.tellGap(`job:${id}`, words).catch(() => {})
    write(id, (record) => {
      const after = afterFailure(record, state, error, Date.now())
      const ranks = after.work.ranks.map((rank) => ({ ...rank, logged: true }))
      return {
        ...after,
        job: { ...after.job, logProblem: missing ? words : after.job.logProblem },
        work: { ...after.work, ranks },
      }
    })
    advance(id)
  }

  /** A launch that failed, or a cluster that was lost with its jobs still written as live. */
  function clusterIsGone(clusterId: string): void {
    const error = new StyxError({
      code: 'job.cluster-gone',
      what: 'The cluster is gone',
      why: 'Its launch failed, or it was terminated.',
      suggestion: 'Run it again on another cluster.',
    }).data
    for (const { job, work } of listOpenJobs(db)) {
      if (job.clusterId !== clusterId) continue
      if (!jobHasEnded(job.state) || !work.closed) void abandon(job.id, 'FAILED_DRIVER', error)
      else settleCluster(clusterId)
    }
  }
}
