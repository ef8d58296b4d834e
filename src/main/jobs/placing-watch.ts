import { setTimeout as sleep } from 'node:timers/promises'
import { jobHasEnded } from '../../shared/job.ts'
import type { JobBook } from './job-book.ts'
import { afterEntry } from './job-state.ts'
import type { Starter } from './runner.ts'

export type PlacingWatch = {
  /** Looks whether what placed a job is still there, for as long as the job has begun and not ended. */
  advance(id: string): void
  close(): Promise<void>
}

const EVERY_MS = 5_000
/** The nodes know more exactly what became of their ranks: so long they are waited for. */
const NODES_MS = 15_000
/** By then a rank that can be reached was told to end, and has. */
const GIVEN_UP_MS = 45_000

export function watchPlacing(given: {
  book: JobBook
  starterOf(id: string): Starter
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
      if (signal.aborted || !record || jobHasEnded(record.job.state)) return
      const found = await unplaced(book.gangOf(record), signal).catch(() => null)
      since = found ? (since ?? performance.now()) : null
      const gone_ms = since === null ? 0 : performance.now() - since
      if (!found || gone_ms < NODES_MS || signal.aborted) continue
      const { ranks, error } = found
      book.write(id, (now) => {
        if (jobHasEnded(now.job.state) || now.job.cancelledAt !== null) return now
        const lost = ranks.filter((rank) => !jobHasEnded(now.work.ranks[rank]?.state ?? 'INIT'))
        if (lost.length === 0) return now
        const of = { at: Date.now(), jobId: id, exitCode: null, out: null, err: null }
        if (gone_ms > GIVEN_UP_MS)
          return lost.reduce((all, rank) => afterEntry(all, { ...of, rank, state: 'FAILED_DRIVER', why: 'node-lost' }), now)
        // With it gone, the ranks that wait would wait for ever: they are ended like those of a cancelled job.
        const all = lost.length === now.work.ranks.length
        return all ? { ...now, job: { ...now.job, error: now.job.error ?? error } } : now
      })
      given.onChange(id)
    }
  }

  return {
    advance: (id) => {
      const record = book.read(id)
      const { unplaced } = given.starterOf(id)
      if (under.has(id) || !unplaced || !record?.work.begun || jobHasEnded(record.job.state)) return
      under.set(
        id,
        run(id, unplaced)
          .catch(() => {}) // its cluster is gone: that ends it
          .finally(() => under.delete(id)),
      )
    },
    close: async () => {
      await Promise.allSettled(under.values())
    },
  }
}
