import { jobHasEnded } from '../../shared/job.ts'
import type { JobRecord } from '../storage/job-records.ts'
import { followRank, type JobLogs, type RankFollower } from './follow-rank.ts'
import type { JobBook } from './job-book.ts'
import type { Runner } from './runner.ts'

export type LogKeeping = {
  /** Fetches what there is of a rank's log, and what comes. `begins`: it will print at any moment, whatever is written of it. */
  advance(record: JobRecord, rank: number, begins?: boolean): void
  /** All of the log is here: it is closed. */
  finish(id: string): Promise<void>
  /** Nothing more is fetched of it. */
  stop(id: string): void
  close(): void
}

/** What printed within this time is printed now: no need to ask when. */
const FRESH_MS = 2_000

/** The logs of jobs on their way from the nodes into the store. */
export function createLogKeeping(given: {
  book: JobBook
  runner: Runner
  logs: JobLogs
  lastLines(log: string, streams: string[]): Promise<string[]>
  onKept(id: string): void
  atPoint?: (point: string) => void
}): LogKeeping {
  const { book, runner, logs, atPoint } = given
  const followers = new Map<string, RankFollower>()
  const finishing = new Set<string>()

  /** All of a rank's log is here, but for the problem. */
  const kept = (id: string, rank: number, problem: string | null): void => {
    atPoint?.('job/logged')
    book.write(id, ({ job, work, yaml }) => ({
      job: { ...job, logProblem: problem ?? job.logProblem },
      work: { ...work, ranks: work.ranks.map((one) => (one.rank === rank ? { ...one, logged: true } : one)) },
      yaml,
    }))
    given.onKept(id)
  }

  const follow = (record: JobRecord, rank: number, fresh: boolean): RankFollower | null => {
    const { id, ranks } = record.job
    const node = book.nodeOf(ranks[rank]?.nodeId ?? '')
    const now = record.work.ranks[rank]
    if (!node || !now) return null
    const key = `${id}/${rank}`
    const onDone = (problem: string | null) => {
      followers.delete(key)
      kept(id, rank, problem)
    }
    const follower = followRank({ runner, store: logs, node, jobId: id, rank, kept: now.kept, fresh, onDone })
    followers.set(key, follower)
    return follower
  }

  return {
    advance: (record, rank, begins = false) => {
      const { id } = record.job
      const now = record.work.ranks[rank]
      if (!now || now.logged) return
      const ended = jobHasEnded(now.state)
      const begunAt = now.setupAt ?? now.runAt
      let follower = followers.get(`${id}/${rank}`) ?? null
      if (!follower && begunAt === null && !begins) {
        if (ended) kept(id, rank, null)
        return
      }
      follower ??= follow(record, rank, begins || Date.now() - (begunAt ?? 0) < FRESH_MS)
      if (follower) {
        follower.drop(now.kept)
        if (ended) follower.finish(now.size)
      } else if (ended) {
        const problem = 'Its node is gone: what of the log had not been fetched is lost.'
        void logs.tellGap(`job:${id}`, problem).catch(() => {})
        kept(id, rank, problem)
      }
    },
    finish: async (id) => {
      if (finishing.has(id)) return
      finishing.add(id)
      try {
        await logs.end(`job:${id}`)
        const { failed } = book.read(id)?.job ?? {}
        const streams = failed ? [`r${failed.rank}.out`, `r${failed.rank}.err`] : []
        const lastLines = failed ? await given.lastLines(`job:${id}`, streams).catch(() => []) : []
        book.write(id, ({ job, work, yaml }) => ({
          job: { ...job, failed: failed ? { rank: failed.rank, lastLines } : null },
          work: { ...work, closed: true },
          yaml,
        }))
        atPoint?.('job/closed')
      } catch {
        return // the store is closing: the next start ends the log
      } finally {
        finishing.delete(id)
      }
      given.onKept(id)
    },
    stop: (id) => {
      for (const [key, follower] of followers) {
        if (!key.startsWith(`${id}/`)) continue
        follower.stop()
        followers.delete(key)
      }
    },
    close: () => {
      for (const follower of followers.values()) follower.stop()
    },
  }
}
