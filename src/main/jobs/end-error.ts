import { type ErrorData, StyxError } from '../../shared/error.ts'
import type { Job } from '../../shared/job.ts'
import type { RankWork } from '../storage/job-records.ts'
import type { Unplaced } from './runner.ts'

type Words = { what: string; why: string; suggestion: string }

/** Why a job ended as it did, by this rank of it, where its state and exit code say too little. Pure. */
export function endError(
  job: Pick<Job, 'ranks' | 'runner'>,
  { rank, why, state: rankState }: RankWork,
  state: Job['state'],
  exitCode: number | null,
): ErrorData | null {
  if (state !== 'FAILED' && state !== 'FAILED_SETUP' && state !== 'FAILED_DRIVER') return null
  if (rankState === 'CANCELLED' && job.runner === 'ray') return unplacedError(job, { ranks: [], how: 'lost', detail: '' })
  const lost = state === 'FAILED_DRIVER'
  const words = lost ? LOST_WORDS[why ?? 'lost'] : EXIT_WORDS[exitCode ?? -1]
  const code = lost ? `job.${why ?? 'lost'}` : `job.exit-${exitCode}`
  if (job.ranks.length < 2) return words ? new StyxError({ code, ...words }).data : null
  const title = `${state === 'FAILED_SETUP' ? 'The setup of rank' : 'Rank'} ${rank} on ${job.ranks[rank]?.node}`
  return new StyxError({
    code: words ? code : 'job.rank-failed',
    what: lost ? `${title} was lost` : `${title} ended with exit code ${exitCode ?? 'unknown'}`,
    why: [words && `${words.what}. ${words.why}`, 'The other ranks were stopped.'].filter(Boolean).join(' '),
    suggestion: words?.suggestion ?? 'Its last lines may say why; its log has all of them.',
  }).data
}

/** What Ray ran a job by is gone. Pure. */
export function unplacedError(job: Pick<Job, 'ranks'>, { ranks, how, detail }: Unplaced): ErrorData {
  const [rank] = ranks
  const one = ranks.length === 1 && rank !== undefined && job.ranks.length > 1
  const what = one ? `Rank ${rank} on ${job.ranks[rank]?.node} was lost` : UNPLACED_WORDS[how].what
  const suggestion = 'See on the cluster’s page how Ray is, then run it again.'
  return new StyxError({ code: 'job.ray-gone', what, why: UNPLACED_WORDS[how].why, suggestion, detail }).data
}

const UNPLACED_WORDS: Record<Unplaced['how'], { what: string; why: string }> = {
  lost: {
    what: 'Ray lost the job',
    why: 'Ray lost a node of it, or a process by which it ran it. What ran of it was stopped.',
  },
  stopped: { what: 'The job was stopped in Ray', why: 'Somebody stopped it by Ray’s own tools, and not by Styx.' },
  forgotten: { what: 'Ray does not know the job any more', why: 'Ray was started anew, or its list of jobs was emptied.' },
}

const LOG_SAYS = 'The end of its log says which, and where.'
const EXIT_WORDS: Record<number, Words> = {
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

const LOST_WORDS: Record<NonNullable<RankWork['why']>, Words> = {
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
  alone: {
    what: 'What Ray ran it by is gone',
    why: 'Ray on its node ended, lost its head, or was told to stop the job, and not by Styx. What the job ran was ended.',
    suggestion: 'See on the cluster’s page how Ray is, then run it again.',
  },
  'node-lost': {
    what: 'Its node was lost',
    why: 'Ray does not reach the node any more, and neither does Styx. What runs there ends by itself as soon as Ray on it notices.',
    suggestion: 'See whether the machine is up and can be reached, then run it again.',
  },
  lost: { what: 'The node lost the job', why: 'It does not know of it any more.', suggestion: 'Run it again.' },
}
