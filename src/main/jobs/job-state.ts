import type { ErrorData } from '../../shared/error.ts'
import { type Job, jobHasEnded } from '../../shared/job.ts'
import { type Node, nodeName } from '../../shared/node.ts'
import type { JobRecord, RankWork } from '../storage/job-records.ts'
import { endError } from './end-error.ts'
import type { JournalEntry } from './journal.ts'

/** A job with its ranks on these nodes, in this order. Pure. */
export function onNodes({ job, work, yaml }: JobRecord, nodes: Node[], gpusPerNode: number | null): JobRecord {
  const none = { out: 0, err: 0 }
  const ranks = nodes.map((node, rank) => ({
    rank,
    nodeId: node.id,
    node: nodeName(node),
    machineId: node.machineId,
    state: 'INIT' as const,
    exitCode: null,
  }))
  const works = nodes.map(
    (_, rank): RankWork => ({
      rank,
      state: 'INIT',
      setupAt: null,
      runAt: null,
      endedAt: null,
      kept: none,
      size: null,
      logged: false,
      why: null,
    }),
  )
  return { job: { ...job, ranks, gpusPerNode }, work: { ...work, withLaunch: false, ranks: works }, yaml }
}

/** A job after its node said this. Pure; the same entry twice, or one that comes late, changes nothing. */
export function afterEntry({ job, work, yaml }: JobRecord, entry: JournalEntry): JobRecord {
  const before = work.ranks.find(({ rank }) => rank === entry.rank)
  if (!before || (hasEnded(before) && entry.state !== 'DROPPED')) return { job, work, yaml }
  const after = rankAfter(before, entry)
  const exitCodes = job.ranks.map((rank) =>
    rank.rank === entry.rank && hasEnded(after) && !hasEnded(before) ? { ...rank, exitCode: entry.exitCode } : rank,
  )
  const ranks = work.ranks.map((rank) => (rank === before ? after : rank))
  return settled({ job: { ...job, ranks: exitCodes }, work: { ...work, ranks }, yaml })
}

/** A job that comes to an end without its nodes' word. Pure. */
export function afterFailure(
  { job, work, yaml }: JobRecord,
  state: 'FAILED_DRIVER' | 'CANCELLED',
  error: ErrorData | null,
  at: number,
): JobRecord {
  if (jobHasEnded(job.state)) return { job, work, yaml }
  const ranks = work.ranks.map((rank) => (hasEnded(rank) ? rank : { ...rank, state, endedAt: at, why: null }))
  const failed = { job: { ...job, error: error ?? job.error }, work: { ...work, ranks }, yaml }
  return ranks.length > 0 ? settled(failed) : { ...failed, job: { ...failed.job, state, endedAt: at } }
}

function rankAfter(rank: RankWork, { state, at, out, err, why }: JournalEntry): RankWork {
  const both = out !== null && err !== null ? { out, err } : null
  if (state === 'DROPPED') return both ? { ...rank, kept: both } : rank
  if (ORDER[state] <= ORDER[rank.state]) return rank
  return {
    ...rank,
    state,
    setupAt: state === 'SETTING_UP' ? at : rank.setupAt,
    runAt: state === 'RUNNING' ? at : rank.runAt,
    endedAt: jobHasEnded(state) ? at : null,
    size: jobHasEnded(state) ? both : null,
    why,
  }
}

const ORDER = {
  INIT: 0,
  PENDING: 1,
  HELD: 2,
  SETTING_UP: 3,
  RUNNING: 4,
  SUCCEEDED: 5,
  FAILED: 5,
  FAILED_SETUP: 5,
  FAILED_DRIVER: 5,
  CANCELLED: 5,
}

const hasEnded = (rank: RankWork) => jobHasEnded(rank.state)
const hasFailed = ({ state }: RankWork) => jobHasEnded(state) && state !== 'SUCCEEDED' && state !== 'CANCELLED'

/** May its ranks begin: is each waiting for that, or begun already? Pure. */
export const mayBegin = (record: JobRecord): boolean => {
  const { sent, begun, ranks } = record.work
  const areThere = ranks.some(({ state }) => state === 'HELD') && ranks.every(({ state }) => ORDER[state] >= ORDER.HELD)
  return sent && !begun && areThere && !isToEnd(record)
}

/** Is all of it to end, because a rank failed or somebody wants it? Pure. */
export const isToEnd = ({ job, work }: JobRecord): boolean =>
  !jobHasEnded(job.state) &&
  (job.cancelledAt !== null ||
    (work.sent && job.error !== null) ||
    work.ranks.some(({ state }) => jobHasEnded(state) && state !== 'SUCCEEDED'))

/** The job as its ranks make it. */
function settled(before: JobRecord): JobRecord {
  const { work, yaml } = before
  const { ranks } = work
  const ended = ranks.filter(hasEnded).sort((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0) || a.rank - b.rank)
  const firstFailed = ended.find(hasFailed)
  const first = ranks.length > 1 ? firstFailed : undefined
  const job: Job = {
    ...before.job,
    ranks: before.job.ranks.map((rank) => ({ ...rank, state: ranks[rank.rank]?.state ?? rank.state })),
    failed: first ? (before.job.failed?.rank === first.rank ? before.job.failed : { rank: first.rank, lastLines: [] }) : null,
  }
  const least = (times: (number | null)[]) => times.reduce((a, b) => (a === null ? b : b === null ? a : Math.min(a, b)), null)
  const times = { setupAt: least(ranks.map((rank) => rank.setupAt)), runAt: least(ranks.map((rank) => rank.runAt)) }
  if (!ranks.every(hasEnded)) {
    const busy = ranks.filter((rank) => !hasEnded(rank))
    // The furthest of those that are under way; on its nodes only once it is on all of them.
    const furthest = busy.reduce((a, b) => (ORDER[b.state] > ORDER[a.state] ? b : a))
    const begun = ORDER[furthest.state] > ORDER.HELD || ended.length > 0
    const waiting = ranks.some(({ state }) => state === 'INIT') ? 'INIT' : 'PENDING'
    const state = !begun ? waiting : furthest.state === 'SETTING_UP' ? 'SETTING_UP' : 'RUNNING'
    return { job: { ...job, ...times, state }, work, yaml }
  }
  // The first that failed by itself; else one that was cancelled; else rank 0.
  const decides = firstFailed ?? ended.find(({ state }) => state === 'CANCELLED') ?? (ranks[0] as RankWork)
  const exitCode = job.ranks.find(({ rank }) => rank === decides.rank)?.exitCode ?? null
  const endedAt = Math.max(...ranks.map((rank) => rank.endedAt ?? 0))
  const state = stateOf(job, decides)
  const error = state === 'SUCCEEDED' ? null : (job.error ?? endError(job, decides, state, exitCode))
  return { job: { ...job, ...times, state, exitCode, endedAt, error }, work, yaml }
}

/** Its end as the user means it: who did not ask for a cancel, for them what was taken back failed. */
function stateOf(job: Job, { state, why }: RankWork): Job['state'] {
  if (job.cancelledAt !== null && state === 'FAILED_DRIVER' && why === 'ended') return 'CANCELLED'
  return job.cancelledAt === null && state === 'CANCELLED' ? 'FAILED_DRIVER' : (state as Job['state']) // it has ended
}
