import { IconCheck, IconTrash } from '@tabler/icons-react'
import type { NavigateOptions } from '@tanstack/react-router'
import type { Cluster } from '../../shared/cluster.ts'
import { type Job, jobHasEnded } from '../../shared/job.ts'
import { removeJob } from '../data/all-jobs.ts'
import { jobName } from '../data/job-words.ts'
import { api, toErrorData } from '../rpc/connection.ts'
import { confirm } from './confirm.tsx'
import { showError } from './notice.tsx'

type Go = (to: NavigateOptions) => void

/** One thing that can be done with a job now. */
export type JobAction = {
  key: 'again' | 'change' | 'cancel' | 'remove'
  /** On a button beside the job's name. */
  label: string
  /** Where the name is not beside it. */
  sentence: string
  danger?: boolean
  run(): void
}

/** What can be done with the job in the state it is in: nothing here is refused for its state. `cluster`: where it ran, if that is still there. */
export function jobActions(job: Job, cluster: Cluster | null, go: Go): JobAction[] {
  const ended = jobHasEnded(job.state)
  const actions: JobAction[] = []
  // Elsewhere it needs a place, which the page for tasks asks for.
  const runs = cluster?.state.is === 'ready' || cluster?.state.is === 'degraded'
  const change = () => go({ to: '/task', search: { again: job.id, cluster: runs ? job.clusterId : undefined } })
  actions.push({
    key: 'again',
    label: 'Run again',
    sentence: `Run ${job.name} again`,
    run: runs ? () => runAgain(job, go, change) : change,
  })
  actions.push({ key: 'change', label: 'Run with changes…', sentence: `Run ${job.name} with changes…`, run: change })
  if (!ended && job.cancelledAt === null)
    actions.push({ key: 'cancel', label: 'Cancel…', sentence: `Cancel ${job.name}…`, run: () => askCancel(job) })
  if (ended)
    actions.push({
      key: 'remove',
      label: 'Remove…',
      sentence: `Remove ${job.name} and its log…`,
      danger: true,
      run: () => askRemove(job, go),
    })
  return actions
}

/** The same task on the same cluster. What cannot be run as it is (a secret's value is never kept) is asked for on the page for tasks. */
async function runAgain(job: Job, go: Go, change: () => void): Promise<void> {
  try {
    const { yaml } = await api.jobs.task({ jobId: job.id })
    const { jobId } = await api.jobs.submit({ clusterId: job.clusterId, job: { yaml, whenDone: job.whenDone } })
    go({ to: '/jobs/$jobId', params: { jobId } })
  } catch (error) {
    if (toErrorData(error).code.startsWith('task.')) change()
    else showError(error)
  }
}

function askCancel(job: Job): void {
  const begun = job.setupAt !== null || job.runAt !== null
  confirm({
    title: `Cancel ${jobName(job)}?`,
    children: (
      <ul>
        <li>
          <IconTrash size={16} stroke={1.75} aria-hidden />
          <span>
            {begun ? (
              <>
                Everything it runs is asked to <strong>end</strong>, and what is left after 10 s is killed.
              </>
            ) : (
              'It never begins.'
            )}
          </span>
        </li>
        <li>
          <IconCheck size={16} stroke={1.75} aria-hidden />
          <span>Its log, and what it wrote on the cluster, are kept.</span>
        </li>
      </ul>
    ),
    keep: begun ? 'Let it run' : 'Let it wait',
    choices: [{ label: `Cancel ${job.name}`, danger: true, run: () => api.jobs.cancel({ jobId: job.id }) }],
  })
}

function askRemove(job: Job, go: Go): void {
  confirm({
    title: `Remove ${jobName(job)}?`,
    children: (
      <ul>
        <li>
          <IconTrash size={16} stroke={1.75} aria-hidden />
          <span>
            The job leaves every list and <strong>its log is deleted</strong>. This cannot be taken back.
          </span>
        </li>
      </ul>
    ),
    keep: 'Keep it',
    choices: [
      {
        label: 'Remove it and its log',
        danger: true,
        run: async () => {
          await removeJob(job.id)
          if (location.pathname === `/jobs/${job.id}`) go({ to: '/jobs' })
        },
      },
    ],
  })
}
