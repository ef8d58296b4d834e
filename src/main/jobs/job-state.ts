import { type ErrorData, StyxError } from '../../shared/error.ts'
import { type Job, jobHasEnded } from '../../shared/job.ts'
import type { Node } from '../../shared/node.ts'
import type { JobRecord, RankWork } from '../storage/job-records.ts'
import type { JournalEntry } from './journal.ts'

/** A job with its ranks on these nodes, head first. Pure. */
export function onNodes({ job, work, yaml }: JobRecord, nodes: Node[], gpusPerNode: number | null): JobRecord {
  const none = { out: 0, err: 0 }
  const ranks = nodes.map((node, rank) => ({ rank, nodeId: node.id, machineId: node.machineId, exitCode: null }))
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
  SETTING_UP: 2,
  RUNNING: 3,
  SUCCEEDED: 4,
  FAILED: 4,
  FAILED_SETUP: 4,
  FAILED_DRIVER: 4,
  CANCELLED: 4,
}

const hasEnded = (rank: RankWork) => jobHasEnded(rank.state)

/** The job as its ranks make it. */
function settled({ job, work, yaml }: JobRecord): JobRecord {
  const { ranks } = work
  const least = (times: (number | null)[]) => times.reduce((a, b) => (a === null ? b : b === null ? a : Math.min(a, b)), null)
  const times = { setupAt: least(ranks.map((rank) => rank.setupAt)), runAt: least(ranks.map((rank) => rank.runAt)) }
  if (!ranks.every(hasEnded)) {
    const busy = ranks.filter((rank) => !hasEnded(rank))
    // The furthest of those that are under way; on its nodes only once it is on all of them.
    const furthest = busy.reduce((a, b) => (ORDER[b.state] > ORDER[a.state] ? b : a))
    const begun = ORDER[furthest.state] > ORDER.PENDING || ranks.some(hasEnded)
    const waiting = ranks.some(({ state }) => state === 'INIT') ? 'INIT' : 'PENDING'
    const state = !begun ? waiting : furthest.state === 'SETTING_UP' ? 'SETTING_UP' : 'RUNNING'
    return { job: { ...job, ...times, state }, work, yaml }
  }
  const decides = decisive(ranks)
  const exitCode = job.ranks.find(({ rank }) => rank === decides.rank)?.exitCode ?? null
  const endedAt = Math.max(...ranks.map((rank) => rank.endedAt ?? 0))
  const state = stateOf(job, decides)
  const error = state === 'SUCCEEDED' ? null : (job.error ?? errorOf(decides, state, exitCode))
  return { job: { ...job, ...times, state, exitCode, endedAt, error }, work, yaml }
}

/** Its end as the user means it: who did not ask for a cancel, for them what we took back failed. */
function stateOf(job: Job, { state, why }: RankWork): Job['state'] {
  if (job.cancelledAt !== null && state === 'FAILED_DRIVER' && why === 'ended') return 'CANCELLED'
  return job.cancelledAt === null && state === 'CANCELLED' && job.error !== null ? 'FAILED_DRIVER' : state
}

/** The first that failed by itself; else one that was cancelled; else rank 0. */
function decisive(ranks: RankWork[]): RankWork {
  const inOrder = [...ranks].sort((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0) || a.rank - b.rank)
  return (
    inOrder.find(({ state }) => state !== 'SUCCEEDED' && state !== 'CANCELLED') ??
    inOrder.find(({ state }) => state === 'CANCELLED') ??
    (ranks[0] as RankWork)
  )
}

function errorOf({ why }: RankWork, state: Job['state'], exitCode: number | null): ErrorData | null {
  if (state === 'FAILED_DRIVER') return new StyxError({ code: `job.${why ?? 'lost'}`, ...WORDS[why ?? 'lost'] }).data
  if (state !== 'FAILED' && state !== 'FAILED_SETUP') return null
  const words = EXIT_WORDS[exitCode ?? -1]
  return words ? new StyxError({ code: `job.exit-${exitCode}`, ...words }).data : null
}

const LOG_SAYS = 'The end of its log says which, and where.'
const EXIT_WORDS: Record<number, { what: string; why: string; suggestion: string }> = {
  126: { what: 'A command could not be run', why: 'It is there, but may not be run (exit code 126).', suggestion: LOG_SAYS },
  127: { what: 'A command does not exist', why: 'The shell did not find it (exit code 127).', suggestion: LOG_SAYS },
  137: {
    what: 'It was killed',
    why: 'Something ended it by SIGKILL, and it was not Styx. Linux does that when memory runs out.',
    suggestion: 'Look at the memory of the node at that time (its charts show it; `dmesg | grep -i oom` too), and use less.',
  },
  139: {
    what: 'It crashed',
    why: 'A program in it touched memory that is not its own (SIGSEGV).',
    suggestion: 'The end of its log may say where. Run it again under a debugger if not.',
  },
}

type Words = { what: string; why: string; suggestion: string }
const WORDS: Record<'folder-gone' | 'restarted' | 'killed' | 'ended' | 'lost', Words> = {
  'folder-gone': {
    what: 'The job’s folder was deleted',
    why: 'Somebody removed it on the node while it ran. What it ran was ended.',
    suggestion: 'Run it again.',
  },
  restarted: { what: 'The node restarted', why: 'It went down while the job was on it.', suggestion: 'Run it again.' },
  killed: {
    what: 'What runs the job was killed',
    why: 'Its wrapper on the node was ended by SIGKILL: by somebody, or by Linux because memory ran out. What it ran was ended.',
    suggestion: 'See `dmesg | grep -i oom` on the node, then run it again.',
  },
  ended: {
    what: 'The job was told to end from outside',
    why: 'Its wrapper on the node got SIGTERM, and not from Styx: the machine may be shutting down.',
    suggestion: 'Run it again.',
  },
  lost: { what: 'The node lost the job', why: 'It does not know of it any more.', suggestion: 'Run it again.' },
}
