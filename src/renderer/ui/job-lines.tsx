import { Link } from '@tanstack/react-router'
import type { Job } from '../../shared/job.ts'
import { exitWords, jobDurationWords, jobWord, waitsWords } from '../data/job-words.ts'
import { useJobs } from '../data/live.ts'
import { fullTime, useNow } from '../data/time.ts'
import css from './job-lines.module.css'
import { JobState } from './job-state.tsx'

/** Jobs, a line each: state, name, what it does, how long. */
export function JobLines({ jobs }: { jobs: readonly Job[] }) {
  const now = useNow()
  const all = useJobs()
  return (
    <ul className={css.lines}>
      {jobs.map((job) => (
        <li key={job.id}>
          <Link
            to="/jobs/$jobId"
            params={{ jobId: job.id }}
            className={css.line}
            title={`submitted ${fullTime(job.submittedAt)}`}
          >
            <JobState job={job} short />
            <strong>{job.name}</strong>
            <span>{doesWords(job, all)}</span>
            <span className="tabular">{jobDurationWords(job, now)}</span>
          </Link>
        </li>
      ))}
    </ul>
  )
}

function doesWords(job: Job, all: readonly Job[]): string {
  if (job.state === 'FAILED' && job.exitCode !== null) return `exit ${exitWords(job.exitCode)}`
  return waitsWords(job, all) || jobWord(job).toLowerCase()
}
