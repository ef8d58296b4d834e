import { durationWords } from '../../shared/duration-words.ts'
import type { Job } from '../../shared/job.ts'
import type { NewEvent } from '../storage/event-records.ts'

const about = (job: Job) => ({
  at: Date.now(),
  clusterId: job.clusterId,
  clusterName: job.clusterName,
  operationId: null,
  jobId: job.id,
})

/** "Job 3 (train)". */
export const jobTitle = ({ number, name }: Job) => (name === `task ${number}` ? `Job ${number}` : `Job ${number} (${name})`)

export const submittedEvent = (job: Job): NewEvent => ({
  ...about(job),
  level: 'info',
  text: `${jobTitle(job)} submitted`,
  detail: job.whenDone === 'keep' ? '' : `When it ends, the cluster will ${job.whenDone}.`,
})

export const cancelEvent = (job: Job): NewEvent => ({
  ...about(job),
  level: 'info',
  text: `Cancelling ${jobTitle(job).replace('J', 'j')}`,
  detail: '',
})

/** The event that a job's end is told by. */
export function endedEvent(job: Job): NewEvent {
  const took = job.endedAt === null ? '' : ` after ${durationWords(job.endedAt - (job.setupAt ?? job.runAt ?? job.endedAt))}`
  const detail = job.error
    ? [job.error.what, job.error.where, job.error.why, job.error.suggestion].filter(Boolean).join('\n')
    : ''
  const base = { ...about(job), detail }
  const title = jobTitle(job)
  switch (job.state) {
    case 'SUCCEEDED':
      return { ...base, level: 'good', text: `${title} succeeded${took}` }
    case 'CANCELLED':
      return { ...base, level: 'info', text: `${title} cancelled` }
    case 'FAILED_SETUP':
      if (job.failed) return { ...base, level: 'bad', text: `${title} failed: ${job.error?.what}` }
      return { ...base, level: 'bad', text: `${title}: its setup failed with exit code ${job.exitCode ?? 'unknown'}` }
    case 'FAILED':
      if (job.failed) return { ...base, level: 'bad', text: `${title} failed: ${job.error?.what}` }
      return { ...base, level: 'bad', text: `${title} failed with exit code ${job.exitCode ?? 'unknown'}${took}` }
    default:
      return { ...base, level: 'bad', text: `${title} failed: ${job.error?.what ?? 'nobody knows why'}` }
  }
}

export const whenDoneEvent = (job: Job): NewEvent => ({
  ...about(job),
  level: 'info',
  text: `${jobTitle(job)} has ended: the cluster is to ${job.whenDone}`,
  detail: '',
})
