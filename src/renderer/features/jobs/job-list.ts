import { type Job, type JobState, jobHasEnded } from '../../../shared/job.ts'
import { jobDuration, jobWord } from '../../data/job-words.ts'

export const STATES = ['all', 'running', 'waiting', 'succeeded', 'failed'] as const
export const COLUMNS = ['state', 'name', 'cluster', 'number', 'when', 'duration', 'exit', 'who'] as const
export type StateFilter = (typeof STATES)[number]
export type Column = (typeof COLUMNS)[number]

/** Which jobs of a list are shown, and in which order. Newest first is what is not said. */
export type JobsShown = { text: string; state: StateFilter; by: Column; down: boolean }

const OF_STATE: Record<StateFilter, (state: JobState) => boolean> = {
  all: () => true,
  running: (state) => state === 'RUNNING' || state === 'SETTING_UP',
  waiting: (state) => state === 'INIT' || state === 'PENDING',
  succeeded: (state) => state === 'SUCCEEDED',
  failed: (state) => state === 'FAILED' || state === 'FAILED_SETUP' || state === 'FAILED_DRIVER',
}

/** How many jobs are in a state. */
export const countState = (jobs: readonly Job[], state: StateFilter): number =>
  jobs.reduce((sum, job) => sum + (OF_STATE[state](job.state) ? 1 : 0), 0)

/** Each word must be in a name, a cluster's, a number `#3`, who submitted it, or the word of its state. */
export function jobsShown(jobs: readonly Job[], { text, state, by, down }: JobsShown, now: number): Job[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const found = jobs.filter((job) => OF_STATE[state](job.state) && words.every((word) => textOf(job).includes(word)))
  const sign = down ? -1 : 1
  return found.sort((a, b) => sign * compare(keyOf(a, by, now), keyOf(b, by, now)) || b.submittedAt - a.submittedAt)
}

const textOf = (job: Job) => `${job.name} ${job.clusterName} #${job.number} ${job.submittedBy} ${jobWord(job)}`.toLowerCase()

/** What runs, then what waits, then what ended. */
const STATE_ORDER: JobState[] = [
  'RUNNING',
  'SETTING_UP',
  'PENDING',
  'INIT',
  'FAILED',
  'FAILED_SETUP',
  'FAILED_DRIVER',
  'CANCELLED',
  'SUCCEEDED',
]

function keyOf(job: Job, by: Column, now: number): string | number | null {
  switch (by) {
    case 'state':
      return STATE_ORDER.indexOf(job.state)
    case 'name':
      return job.name.toLowerCase()
    case 'cluster':
      return job.clusterName.toLowerCase()
    case 'number':
      return job.number
    case 'when':
      return job.submittedAt
    case 'duration':
      return jobDuration(job, now)
    case 'exit':
      return jobHasEnded(job.state) ? job.exitCode : null
    case 'who':
      return job.submittedBy
  }
}

const names = new Intl.Collator('en', { numeric: true })

/** What is not known comes first when it rises. */
function compare(a: string | number | null, b: string | number | null): number {
  if (a === null || b === null) return (a === null ? 0 : 1) - (b === null ? 0 : 1)
  return typeof a === 'number' && typeof b === 'number' ? a - b : names.compare(String(a), String(b))
}
