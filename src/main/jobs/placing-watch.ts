import { setTimeout as sleep } from 'node:timers/promises'
import { type JobRunner, jobHasEnded } from '../../shared/job.ts'
import type { JobBook } from './job-book.ts'
import type { JobRecord } from '../storage/job-records.ts'
import { unplacedError } from './end-error.ts'
import { afterEntry } from './job-state.ts'
import type { Starter, Unplaced } from './runner.ts'

export type PlacingWatch = {
  /** Looks whether what placed a job is still there, for as long as the job has begun and not ended. */
  advance(record: JobRecord): void
  close(): Promise<void>
}

const EVERY_MS = 5_000
/** By then Ray has said why it ended a job, or never does. */
const EXPLAINED_MS = 60_000
/** By then a rank that can be reached was told to end, and has. */
const GIVEN_UP_MS = 30_000

export function watchPlacing(given: {
  book: JobBook
  starters: Record<JobRunner, Starter>
  /** Something was written of it. */
  onChange(id: string): void
  signal: AbortSignal
}): PlacingWatch {
  const { book, signal } = given
  const under = new Map<string, Promise<void>>()

  const run = async (id: string, unplaced: NonNullable<Starter['unplaced']>): Promise<void> => {
    let since: number | null = null
    for (;;) {
      await sleep(EVERY_MS, undefined, { signal }).catch(() => {})
      const record = book.read(id)
      if (signal.aborted || !record) return
      const isOver = jobHasEnded(record.job.state)
      if (isOver && (!isUnexplained(record) || Date.now() - (record.job.endedAt ?? 0) > EXPLAINED_MS)) return
      if (!record.work.begun) continue // it is given to Ray anew
      const found = await unplaced(record.job, signal).catch(() => null)
      if (found) {
        since ??= performance.now()
        const isLost = performance.now() - since > GIVEN_UP_MS
        book.write(id, (now) => afterUnplaced(now, found, isLost))
        given.onChange(id)
      }
    }
  }

  return {
    advance: ({ job, work }) => {
      const { id } = job
      const { unplaced } = given.starters[job.runner]
      if (under.has(id) || !unplaced || !work.begun || jobHasEnded(job.state)) return
      under.set(
        id,
        run(id, unplaced)
          .catch(() => {}) // the database does not take it now: the next change of the job looks again
          .finally(() => under.delete(id)),
      )
    },
    close: async () => {
      await Promise.allSettled(under.values())
    },
  }
}

/** Its ranks were ended, and by no wish of the user: who did that may say why. */
const isUnexplained = ({ job }: JobRecord) => job.error?.code === 'job.ray-gone' && job.error.detail === ''

/** A job whose placing is gone: what of it waits would wait for ever, so all of it is to end; at last without the word of its nodes. */
function afterUnplaced(record: JobRecord, found: Unplaced, isLost: boolean): JobRecord {
  const { job, work, yaml } = record
  const error = unplacedError(job, found)
  if (isUnexplained(record)) return { job: { ...job, error }, work, yaml }
  if (jobHasEnded(job.state) || job.cancelledAt !== null) return record
  // Nothing of it ran: it is given to Ray anew.
  if (found.how === 'forgotten' && work.ranks.every(({ state }) => state === 'HELD'))
    return { job, work: { ...work, begun: false }, yaml }
  const lost = found.ranks.filter((rank) => !jobHasEnded(work.ranks[rank]?.state ?? 'INIT'))
  if (lost.length === 0) return record
  const toEnd = { job: { ...job, error: job.failed ? job.error : (job.error ?? error) }, work, yaml }
  const end = { at: Date.now(), jobId: job.id, state: 'FAILED_DRIVER', exitCode: null, out: null, err: null } as const
  return isLost ? lost.reduce((now, rank) => afterEntry(now, { ...end, rank, why: 'node-lost' }), toEnd) : toEnd
}
