import { type Job, jobHasEnded } from '../../../shared/job.ts'
import { useAnyJob } from '../../data/all-jobs.ts'
import { begunAt, waitsWords } from '../../data/job-words.ts'
import { useAllOperations, useJobs } from '../../data/live.ts'
import { type LogOnly, LogViewer } from './log-viewer.tsx'

type Props = {
  /** `job:ID`, `operation:ID`. */
  log: string
  name: string
  main?: boolean
  /** It has the keyboard. */
  focused?: boolean
  /** Of these ranks alone; asked for again with each new object. */
  only?: LogOnly | undefined
}

/** The log of a job or of an operation, with the names of what wrote it. */
export function AnyLog(props: Props) {
  return props.log.startsWith('job:') ? <JobLog {...props} /> : <OperationLog {...props} />
}

function JobLog({ log, ...props }: Props) {
  const all = useJobs()
  const { job } = useAnyJob(log.slice('job:'.length))
  return (
    <LogViewer
      key={log}
      log={log}
      {...props}
      empty={job ? emptyWords(job, all) : undefined}
      gap={job?.logProblem}
      about={({ rank }) => job?.ranks.find((one) => one.rank === rank)?.node ?? ''}
      problem={({ rank }) => {
        const { exitCode = null, state } = job?.ranks.find((one) => one.rank === rank) ?? {}
        return exitCode === null || exitCode === 0 || state === 'CANCELLED' ? null : `exit ${exitCode}`
      }}
    />
  )
}

function emptyWords(job: Job, all: readonly Job[]): string | undefined {
  if (jobHasEnded(job.state)) return begunAt(job) === null ? 'It never began.' : 'It printed nothing.'
  if (begunAt(job) !== null) return 'It printed nothing so far.'
  return `Its log begins when it does: it ${waitsWords(job, all) || 'is being sent to its node'}.`
}

function OperationLog({ log, ...props }: Props) {
  const operation = Object.values(useAllOperations()).find(({ id }) => log === `operation:${id}`)
  return (
    <LogViewer
      key={log}
      log={log}
      {...props}
      again={operation?.endedAt ?? null}
      stepName={(step) => operation?.plan.find(({ name }) => name === step)?.title ?? step}
    />
  )
}
