import { type ErrorData, errorDataOf, StyxError } from '../../shared/error.ts'
import { type Job, type JobRunner, jobHasEnded } from '../../shared/job.ts'
import type { Endpoint } from '../../shared/node.ts'
import type { Progress } from '../../shared/operation.ts'
import { readCluster } from '../storage/cluster-records.ts'
import type { Database } from '../storage/database.ts'
import { writeEvent } from '../storage/event-records.ts'
import { type JobRecord, readJournalOffset, writeJournalOffset } from '../storage/job-records.ts'
import { listNodes } from '../storage/node-records.ts'
import type { Secrets } from '../storage/secrets.ts'
import { followTopic } from '../topics.ts'
import type { Transport } from '../transports/transport.ts'
import { attendNodes } from './attend-nodes.ts'
import { createCancelling } from './cancelling.ts'
import { createBeginning } from './beginning.ts'
import { whenDoneEvent } from './events.ts'
import type { JobLogs } from './follow-rank.ts'
import { createJobBook } from './job-book.ts'
import { afterEntry, afterFailure, isToEnd } from './job-state.ts'
import type { JournalEntry } from './journal.ts'
import { createLogKeeping } from './log-keeping.ts'
import { placeJob } from './place-job.ts'
import { watchPlacing } from './placing-watch.ts'
import type { Runner, Starter } from './runner.ts'
import { jobSecrets } from './secrets.ts'
import { createSending } from './sending.ts'

export type JobLivesDeps = {
  db: Database
  installationId: string
  runner: Runner
  /** The folder `resources` of this installation. */
  resources: string
  starters: Record<JobRunner, Starter>
  transport(endpoint: Endpoint): Transport
  logs: JobLogs
  /** The last lines of these streams. */
  lastLines(log: string, streams: string[]): Promise<string[]>
  secrets: Promise<Secrets>
  /** Stops or terminates a cluster whose jobs asked for it. @throws StyxError when that cannot be begun now */
  whenDone(clusterId: string, how: 'stop' | 'terminate'): void
  /** Crash tests. */
  atPoint?: (point: string) => void
}

/**
 * What becomes of jobs: each is brought on from what is written of it, by `advance`, which may be called at any time and as often as
 * one likes. So a start of the engine goes on with all of them in the same way.
 */
export function createJobLives(deps: JobLivesDeps) {
  const { db, runner, starters, logs, atPoint } = deps
  const closing = new AbortController()
  const { signal } = closing
  const secrets = jobSecrets(deps.secrets)
  const book = createJobBook(deps)
  const say = (id: string, text: string) =>
    void logs.write(`job:${id}`, 'send', null, Buffer.from(`${text}\n`), Date.now()).catch(() => {}) // its log says when it is full
  const cancelling = createCancelling({ book, runner, starters, signal, atPoint })
  const beginning = createBeginning({ book, starters, onBegun: advance, say, signal, atPoint })
  const placing = watchPlacing({ book, starters, onChange: advance, signal })
  const keeping = createLogKeeping({ book, runner, logs, lastLines: deps.lastLines, onKept: advance, atPoint })
  const attention = attendNodes({
    runner,
    signal,
    node: book.nodeOf,
    jobsOn: (nodeId) => book.liveOn([nodeId]).flatMap(({ job, work }) => (work.sent ? [job.id] : [])),
    offset: (nodeId) => readJournalOffset(db, nodeId),
    heard: hear,
    lost,
  })
  const sending = createSending({
    book,
    runner,
    resources: deps.resources,
    say,
    secrets,
    cancelling,
    onBegin: (id, rank) => {
      const record = book.read(id)
      if (record) keeping.advance(record, rank, true)
    },
    onRest: advance,
    signal,
    atPoint,
  })

  /** Brings about what is to be done with a job next, by what is written of it. */
  function advance(id: string): void {
    const record = book.read(id)
    if (signal.aborted || !record) return
    const { job, work } = record
    const ended = jobHasEnded(job.state)
    if (!ended && !work.sent && !work.withLaunch) sending.queue(id)
    if (!ended && work.sent) for (const { nodeId } of job.ranks) attention.attend(nodeId)
    beginning.advance(record)
    placing.advance(record)
    if (isToEnd(record)) {
      if (sending.has(id)) sending.abort(id)
      else void cancelling.cancel(id)
    }
    for (const { rank } of work.ranks) keeping.advance(record, rank)
    if (ended && !work.closed && work.ranks.every(({ logged }) => logged)) void keeping.finish(id)
    if (ended && work.closed) settleCluster(job.clusterId)
  }

  /** Writes what a node said, together with how far it was heard, so that nothing is missed or taken twice. */
  function hear(nodeId: string, entries: JournalEntry[], end: number): void {
    atPoint?.('job/heard')
    const ids = new Set<string>()
    db.transaction(() => {
      for (const entry of entries) {
        const record = book.read(entry.jobId)
        if (record?.job.ranks[entry.rank]?.nodeId !== nodeId) continue
        book.put(record, afterEntry(record, entry))
        ids.add(entry.jobId)
      }
      writeJournalOffset(db, nodeId, end)
    })
    atPoint?.('job/heard-written')
    for (const id of ids) advance(id)
  }

  function lost(nodeId: string, jobIds: string[]): void {
    const gone = { at: Date.now(), state: 'FAILED_DRIVER', exitCode: null, out: null, err: null, why: 'folder-gone' } as const
    const entries = book
      .liveOn([nodeId])
      .filter(({ job }) => jobIds.includes(job.id))
      .flatMap(({ job }) =>
        job.ranks.flatMap((rank) => (rank.nodeId === nodeId ? [{ ...gone, jobId: job.id, rank: rank.rank }] : [])),
      )
    hear(nodeId, entries, readJournalOffset(db, nodeId))
  }

  /** `whenDone` of jobs that have ended, once nothing else waits or runs on their cluster. */
  function settleCluster(clusterId: string): void {
    const jobs = book.openOf(clusterId)
    const done = jobs.filter(({ job, work }) => jobHasEnded(job.state) && work.closed)
    const state = readCluster(db, clusterId)?.state.is
    if (done.length === 0 || done.length < jobs.length || state === 'launching' || state === 'starting') return
    const { job } = done.find((one) => one.job.whenDone === 'terminate') ?? (done[0] as JobRecord)
    if (job.whenDone !== 'keep' && (state === 'ready' || state === 'degraded'))
      try {
        db.transaction(() => writeEvent(db, whenDoneEvent(job)))
        deps.whenDone(clusterId, job.whenDone)
      } catch (error) {
        const { what, why } = errorDataOf(error)
        db.transaction(() => writeEvent(db, { ...whenDoneEvent(job), level: 'bad', detail: `${what} ${why}` }))
      }
    for (const one of done) book.write(one.job.id, (record) => ({ ...record, work: { ...record.work, wasDone: true } }))
  }

  /** Nothing more is to be had of it: it ends here, and what is missing of its log is said. */
  async function abandon(id: string, state: 'CANCELLED' | 'FAILED_DRIVER', error: ErrorData): Promise<void> {
    const words = 'Its node did not answer when the cluster was ended: what of the log had not been fetched is lost.'
    sending.abort(id)
    keeping.stop(id)
    const missing = book.read(id)?.work.ranks.some(({ logged, runAt, setupAt }) => !logged && (runAt ?? setupAt) !== null)
    if (missing) await logs.tellGap(`job:${id}`, words).catch(() => {})
    book.write(id, (record) => {
      const after = afterFailure(record, state, error, Date.now())
      const ranks = after.work.ranks.map((rank) => ({ ...rank, logged: true }))
      const logProblem = missing ? words : after.job.logProblem
      return { ...after, job: { ...after.job, logProblem }, work: { ...after.work, ranks } }
    })
    advance(id)
  }

  /** Its launch failed, or it was lost with jobs that are still written as live. */
  function clusterIsGone(clusterId: string): void {
    const error = new StyxError({
      code: 'job.cluster-gone',
      what: 'The cluster is gone',
      why: 'Its launch failed, or it was terminated.',
      suggestion: 'Run it again on another cluster.',
    }).data
    for (const { job, work } of book.openOf(clusterId))
      if (!jobHasEnded(job.state) || !work.closed) void abandon(job.id, 'FAILED_DRIVER', error)
      else settleCluster(clusterId)
  }

  /** Until it is so, looked at with every change of a job. Gives up quietly. */
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

  return {
    write: book.write,
    openOf: book.openOf,
    advance,
    keepSecrets: secrets.keep,

    /** The job that was written with a cluster's launch goes to the nodes that it made. What fails then is the job's own failure. */
    sendWithLaunch: async (
      clusterId: string,
      report: (progress: Progress) => void,
      log: (text: string) => void,
      step: AbortSignal,
    ): Promise<void> => {
      const waits = ({ job, work }: JobRecord) => !jobHasEnded(job.state) && (work.withLaunch || !work.sent)
      const id = book.openOf(clusterId).find(waits)?.job.id
      if (id === undefined) return log('There is no job that waits for this launch.')
      try {
        book.write(id, (record) => {
          if (!record.work.withLaunch) return record // an earlier try gave it its nodes
          return placeJob(record, listNodes(db, clusterId), book.openOf(clusterId), readCluster(db, clusterId)?.ray ?? null)
        })
      } catch (error) {
        if (!(error instanceof StyxError) || error.data.code.startsWith('database.')) throw error
        book.write(id, (record) => afterFailure(record, 'FAILED_DRIVER', error.data, Date.now()))
      }
      sending.watch(id, report)
      advance(id)
      const isOver = () => {
        const record = book.read(id)
        return !record || record.work.sent || jobHasEnded(record.job.state)
      }
      await untilJobs(isOver, Number.POSITIVE_INFINITY, step)
      step.throwIfAborted()
      const { error } = book.read(id)?.job ?? {}
      log(error ? `The job could not be sent: ${error.what}. ${error.why}` : 'Its nodes have the job.')
    },

    /**
     * Ends the jobs of a cluster that is stopped or terminated, or those that have a rank on nodes that leave it, and fetches what remains
     * of their logs.
     */
    endAll: async (
      { clusterId, nodeIds }: { clusterId: string; nodeIds: readonly string[] | null },
      error: ErrorData,
      patience_ms: number,
      log: (text: string) => void,
      step: AbortSignal,
    ): Promise<void> => {
      const jobs = book
        .openOf(clusterId)
        .filter(({ job }) => nodeIds === null || job.ranks.some(({ nodeId }) => nodeIds.includes(nodeId)))
      for (const { job } of jobs) {
        if (jobHasEnded(job.state)) continue
        log(`Ending job ${job.number} (${job.name})`)
        book.write(job.id, (record) => {
          const asked = { ...record, job: { ...record.job, cancelledAt: record.job.cancelledAt ?? Date.now(), error } }
          return job.ranks.length > 0 ? asked : afterFailure(asked, 'CANCELLED', error, Date.now())
        })
        advance(job.id)
      }
      const isOver = (id: string) => {
        const record = book.read(id)
        return !record || (jobHasEnded(record.job.state) && record.work.closed)
      }
      await untilJobs(() => jobs.every(({ job }) => isOver(job.id)), patience_ms, step)
      step.throwIfAborted()
      for (const { job } of jobs) {
        if (isOver(job.id)) continue
        log(`Job ${job.number} (${job.name}) could not be ended in time, or its log not fetched to its end`)
        await abandon(job.id, 'CANCELLED', error)
      }
    },

    liveOn: (nodeIds: readonly string[]): Job[] => book.liveOn(nodeIds).map(({ job }) => job),

    /** Goes on with what an earlier engine left. */
    resume: (): void => {
      for (const { job } of book.open()) advance(job.id)
      void followTopic(db.changes, signal, {
        begin: () => {
          for (const { job } of book.open()) {
            const is = readCluster(db, job.clusterId)?.state.is
            if (is === undefined || is === 'failed' || is === 'terminated') clusterIsGone(job.clusterId)
          }
        },
        message: (change) => {
          if (change.type !== 'cluster') return
          const { id, state } = change.cluster
          if (state.is === 'ready' || state.is === 'degraded') settleCluster(id)
          if (state.is === 'failed' || state.is === 'terminated') clusterIsGone(id)
        },
      })
    },

    /** Deletes what is kept of a job that has ended: its log, and its folder on nodes that can still be reached. */
    clear: async (job: Job): Promise<void> => {
      keeping.stop(job.id)
      await logs.remove(`job:${job.id}`)
      const [head] = job.runner === 'ray' ? listNodes(db, job.clusterId) : [] // its driver's files are there
      await Promise.allSettled(
        [...new Set([...(head ? [head.id] : []), ...job.ranks.map(({ nodeId }) => nodeId)])].map(async (nodeId) => {
          const node = book.nodeOf(nodeId)
          if (node) await runner.remove(node, job.id, signal)
        }),
      )
    },

    close: async (): Promise<void> => {
      closing.abort()
      keeping.close()
      await Promise.allSettled([attention.close(), sending.close(), beginning.close(), placing.close()])
    },
  }
}
