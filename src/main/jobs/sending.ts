import { type ErrorData, errorDataOf, StyxError } from '../../shared/error.ts'
import { jobHasEnded } from '../../shared/job.ts'
import type { Progress } from '../../shared/operation.ts'
import type { Cancelling } from './cancelling.ts'
import type { JobBook } from './job-book.ts'
import { afterFailure } from './job-state.ts'
import type { Runner } from './runner.ts'
import type { JobSecrets } from './secrets.ts'
import { secretsLost, sendJob } from './send-job.ts'

export type Sending = {
  /** Sends the job behind those of its cluster that were submitted before. */
  queue(id: string): void
  has(id: string): boolean
  /** It was cancelled: what is sent of it is taken back, and it ends. */
  abort(id: string): void
  /** Who shows how far it is. */
  watch(id: string, report: (progress: Progress) => void): void
  close(): Promise<void>
}

/** Jobs on their way to their nodes, one after the other for each cluster. */
export function createSending(given: {
  book: JobBook
  runner: Runner
  /** The folder `resources` of this installation. */
  resources: string
  /** A line for the job's log. */
  say(id: string, text: string): void
  secrets: JobSecrets
  cancelling: Cancelling
  /** A rank begins at once. */
  onBegin(id: string, rank: number): void
  /** It is on its nodes, or has ended. */
  onRest(id: string): void
  signal: AbortSignal
  atPoint?: (point: string) => void
}): Sending {
  const { book, runner, secrets, signal, atPoint } = given
  const sending = new Map<string, AbortController>()
  const queues = new Map<string, Promise<void>>() // by cluster
  const watching = new Map<string, (progress: Progress) => void>()

  /** What went wrong, or null. */
  const send = async (id: string, stop: AbortSignal): Promise<ErrorData | null> => {
    const record = book.read(id)
    if (!record || jobHasEnded(record.job.state) || record.work.sent) return null
    const { job, work } = record
    try {
      stop.throwIfAborted()
      if (job.error) throw new StyxError(job.error) // it failed, and is still to be taken back
      atPoint?.('job/send')
      const values = work.secrets.length > 0 ? await secrets.take(id) : {}
      if (!values) throw secretsLost(work.secrets)
      await sendJob({
        runner,
        resources: given.resources,
        record,
        nodes: job.ranks.map(({ nodeId }) => book.requireNode(nodeId)),
        secrets: values,
        onBegin: (rank) => given.onBegin(id, rank),
        report: (progress) => watching.get(id)?.(progress),
        say: (text) => given.say(id, text),
        signal: stop,
      })
      atPoint?.('job/send-effect')
      book.write(id, (now) => ({ ...now, work: { ...now.work, sent: true } }))
      atPoint?.('job/sent')
      return null
    } catch (error) {
      return errorDataOf(error)
    }
  }

  /** What its nodes have of it is taken back; then it ends. */
  const takeBack = async (id: string, error: ErrorData): Promise<void> => {
    const cancelled = book.read(id)?.job.cancelledAt !== null
    if (!cancelled) book.write(id, (now) => ({ ...now, job: { ...now.job, error } }))
    const all = await given.cancelling.tellNodes(id)
    if (signal.aborted) return
    // A rank that holds its turn somewhere would hold it for ever: its node is told once it can be reached.
    if (!all && (book.read(id)?.job.ranks.length ?? 0) > 1)
      return book.write(id, (now) => ({ ...now, work: { ...now.work, sent: true } }))
    book.write(id, (now) => afterFailure(now, cancelled ? 'CANCELLED' : 'FAILED_DRIVER', null, Date.now()))
  }

  const one = async (id: string, stop: AbortController): Promise<void> => {
    const onClose = () => stop.abort()
    signal.addEventListener('abort', onClose, { once: true })
    try {
      if (signal.aborted) return
      if (book.read(id)?.job.cancelledAt !== null) stop.abort()
      const error = await send(id, stop.signal)
      if (signal.aborted) return // the next start sends it again
      if (error) await takeBack(id, error)
      void secrets.forget(id)
    } finally {
      signal.removeEventListener('abort', onClose)
      sending.delete(id)
      watching.delete(id)
    }
    given.onRest(id)
  }

  return {
    queue: (id) => {
      const record = book.read(id)
      if (!record || sending.has(id)) return
      const stop = new AbortController()
      sending.set(id, stop)
      const { clusterId } = record.job
      const sent = (queues.get(clusterId) ?? Promise.resolve()).then(() => one(id, stop)).catch(() => {})
      queues.set(clusterId, sent)
      void sent.then(() => {
        if (queues.get(clusterId) === sent) queues.delete(clusterId)
      })
    },
    has: (id) => sending.has(id),
    abort: (id) => sending.get(id)?.abort(),
    watch: (id, report) => void watching.set(id, report),
    close: async () => {
      await Promise.allSettled(queues.values())
    },
  }
}
