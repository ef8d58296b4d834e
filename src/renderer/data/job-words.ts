import { type Job, type JobState, jobHasEnded, type RankState } from '../../shared/job.ts'
import { elapsedWords } from './time.ts'
import type { Tone } from './words.ts'

/** The state in words, as a person says it. */
export const jobWords: Record<JobState, string> = {
  INIT: 'Being sent',
  PENDING: 'Waits',
  SETTING_UP: 'Setting up',
  RUNNING: 'Running',
  SUCCEEDED: 'Succeeded',
  FAILED: 'Failed',
  FAILED_SETUP: 'Setup failed',
  FAILED_DRIVER: 'Lost',
  CANCELLED: 'Cancelled',
}

export const jobTones: Record<JobState, Tone> = {
  INIT: 'motion',
  PENDING: 'motion',
  SETTING_UP: 'motion',
  RUNNING: 'motion',
  SUCCEEDED: 'ready',
  FAILED: 'failed',
  FAILED_SETUP: 'failed',
  FAILED_DRIVER: 'failed',
  CANCELLED: 'off',
}

/** The word for its state now; a job that is being ended says so. */
export const jobWord = (job: Pick<Job, 'state' | 'cancelledAt'>): string =>
  job.cancelledAt !== null && !jobHasEnded(job.state) ? 'Cancelling' : jobWords[job.state]

/** A rank's state in words: what it waits for, and that it was ended for the sake of another. */
export function rankWord(state: RankState, { runner, cancelledAt }: Pick<Job, 'runner' | 'cancelledAt'>): string {
  if (state === 'HELD') return runner === 'ray' ? 'Waits for Ray' : 'Waits for the others'
  if (state === 'CANCELLED') return cancelledAt === null ? 'Stopped' : jobWords.CANCELLED
  return jobWords[state]
}

export const rankTone = (state: RankState): Tone => (state === 'HELD' ? 'motion' : jobTones[state])

/** `#3 pretrain` */
export const jobName = ({ number, name }: Pick<Job, 'number' | 'name'>) => `#${number} ${name}`

/** When anything of it began: its setup, or its run. Null: nothing yet. */
export const begunAt = ({ setupAt, runAt }: Pick<Job, 'setupAt' | 'runAt'>): number | null => setupAt ?? runAt

/** How long it has worked, setup included, up to its end or to now, ms; null: it never began. */
export function jobDuration(job: Job, now: number): number | null {
  const from = begunAt(job)
  return from === null ? null : Math.max(0, (job.endedAt ?? now) - from)
}

/** "6 h 12 min", or a dash for a job that never began. */
export function jobDurationWords(job: Job, now: number): string {
  const ms = jobDuration(job, now)
  return ms === null ? '–' : elapsedWords(ms)
}

const SIGNALS: Record<number, string> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  15: 'SIGTERM',
}

/** "0", "137, SIGKILL", "127, command not found": an exit code, and what it means where that is known. */
export function exitWords(code: number): string {
  if (code === 126) return '126, not executable'
  if (code === 127) return '127, command not found'
  const signal = SIGNALS[code - 128]
  return signal ? `${code}, ${signal}` : String(code)
}

/** An exit code that is bad news: not the one of a job that the user ended. */
export const isBadExit = ({ exitCode, state }: Job): boolean => exitCode !== null && exitCode !== 0 && state !== 'CANCELLED'

/** On which rank it ended so, where there is more than one: "on worker 2". */
export function exitRank(job: Job): string {
  const failed = job.failed && job.ranks[job.failed.rank]
  const rank =
    job.ranks.length > 1 ? (failed ?? job.ranks.find(({ exitCode }) => exitCode !== null && exitCode !== 0)) : undefined
  return rank ? `on ${rank.node}` : ''
}

/** Jobs that came to one of its nodes before it and have not ended, the next one first. Empty: it waits for nobody, or has begun. */
export function jobsBefore(job: Job, jobs: readonly Job[]): Job[] {
  if (job.state !== 'INIT' && job.state !== 'PENDING') return []
  return jobs
    .filter((other) => other.clusterId === job.clusterId && other.number < job.number && !jobHasEnded(other.state))
    .filter((other) => job.ranks.length === 0 || job.ranks.some(({ nodeId }) => other.ranks.some((one) => one.nodeId === nodeId)))
    .sort((a, b) => b.number - a.number)
}

/** "waits behind #3 pretrain", "waits behind #3 pretrain and 2 more"; '' where it does not wait. */
export function waitsWords(job: Job, jobs: readonly Job[]): string {
  if (job.runner === 'ray' && job.state === 'PENDING') return 'waits for room in Ray'
  const [next, ...more] = jobsBefore(job, jobs)
  if (!next) return job.state === 'PENDING' ? 'waits for its turn' : ''
  return `waits behind ${jobName(next)}${more.length > 0 ? ` and ${more.length} more` : ''}`
}
