import { setTimeout as sleep } from 'node:timers/promises'
import { type JobRunner, jobHasEnded } from '../../shared/job.ts'
import type { JobBook } from './job-book.ts'
import type { Runner, Starter } from './runner.ts'

export type Cancelling = {
  /** Tells the nodes of a job to end it, until all have been told. Its end is told by them. */
  cancel(id: string): Promise<void>
  /** Once. False: not every node could be told. */
  tellNodes(id: string): Promise<boolean>
}

/** A node that cannot be reached now is told later. */
const AGAIN_AFTER_MS = 5_000

export function createCancelling(given: {
  book: JobBook
  runner: Runner
  starters: Record<JobRunner, Starter>
  signal: AbortSignal
  atPoint?: (point: string) => void
}): Cancelling {
  const { book, runner, signal, atPoint } = given
  const under = new Set<string>()

  const tellNodes = async (id: string): Promise<boolean> => {
    const record = book.read(id)
    if (!record || record.job.ranks.length === 0) return true
    const { job, work } = record
    const told = await Promise.allSettled(
      job.ranks.map(async ({ rank, nodeId }) => {
        const node = book.nodeOf(nodeId)
        if (node && !jobHasEnded(work.ranks[rank]?.state ?? 'INIT')) await runner.cancel(node, id, rank, signal)
      }),
    )
    if (!told.every(({ status }) => status === 'fulfilled')) return false
    // Who began its ranks sees that one has ended, ends by itself, and says why. Were it stopped, nobody would know.
    if (job.cancelledAt === null && work.ranks.some(({ state }) => jobHasEnded(state))) return true
    return given.starters[job.runner].end(job, signal).then(
      () => true,
      () => false,
    )
  }

  return {
    tellNodes,
    cancel: async (id) => {
      if (under.has(id)) return
      under.add(id)
      try {
        while (!signal.aborted) {
          const record = book.read(id)
          if (!record || jobHasEnded(record.job.state)) return
          atPoint?.('job/cancel')
          const all = await tellNodes(id)
          atPoint?.('job/cancel-effect')
          if (all) return
          await sleep(AGAIN_AFTER_MS, undefined, { signal }).catch(() => {})
        }
      } finally {
        under.delete(id)
      }
    },
  }
}
