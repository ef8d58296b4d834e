import { setTimeout as sleep } from 'node:timers/promises'
import { errorDataOf } from '../../shared/error.ts'
import type { JobRunner } from '../../shared/job.ts'
import type { JobRecord } from '../storage/job-records.ts'
import type { JobBook } from './job-book.ts'
import { mayBegin } from './job-state.ts'
import type { Starter } from './runner.ts'

export type Beginning = {
  /** Lets a job begin once each of its ranks waits for that, until all were told. */
  advance(record: JobRecord): void
  close(): Promise<void>
}

/** A node that cannot be reached now is told later. */
const AGAIN_AFTER_MS = 2_000

export function createBeginning(given: {
  book: JobBook
  starters: Record<JobRunner, Starter>
  onBegun(id: string): void
  /** A line for the job's log. */
  say(id: string, text: string): void
  signal: AbortSignal
  atPoint?: (point: string) => void
}): Beginning {
  const { book, signal, atPoint } = given
  const under = new Map<string, Promise<void>>()

  const run = async (id: string): Promise<void> => {
    let said = ''
    while (!signal.aborted) {
      const record = book.read(id)
      if (!record || !mayBegin(record)) return
      try {
        atPoint?.('job/begin')
        const nodes = record.job.ranks.map(({ nodeId }) => book.requireNode(nodeId).at)
        if (await given.starters[record.job.runner].begin(record.job, nodes, signal)) {
          atPoint?.('job/begin-effect')
          book.write(id, (now) => ({ ...now, work: { ...now.work, begun: true } }))
          atPoint?.('job/begun')
          return given.onBegun(id)
        }
      } catch (error) {
        if (signal.aborted) return
        const { what, why } = errorDataOf(error)
        const words = `It cannot begin yet: ${[what, why].filter(Boolean).join('. ')}`
        if (words !== said) given.say(id, words)
        said = words
      }
      await sleep(AGAIN_AFTER_MS, undefined, { signal }).catch(() => {})
    }
  }

  return {
    advance: (record) => {
      const { id } = record.job
      if (under.has(id) || !mayBegin(record)) return
      under.set(
        id,
        run(id).finally(() => under.delete(id)),
      )
    },
    close: async () => {
      await Promise.allSettled(under.values())
    },
  }
}
