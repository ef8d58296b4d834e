import { IconFileText } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { Operation } from '../../../shared/operation.ts'
import { useAllJobs } from '../../data/all-jobs.ts'
import { begunAt, jobDurationWords, jobWord } from '../../data/job-words.ts'
import { useOperation } from '../../data/live.ts'
import { durationWords, fullTime, useNow, whenExactly } from '../../data/time.ts'
import { operationWords, type Tone } from '../../data/words.ts'
import { api } from '../../rpc/connection.ts'
import { Empty, Loading } from '../../ui/empty.tsx'
import { JobState } from '../../ui/job-state.tsx'
import { AnyLog } from '../../ui/log/any-log.tsx'
import { StateDot } from '../../ui/state-dot.tsx'
import css from './cluster-logs.module.css'

const route = getRouteApi('/clusters/$clusterId/logs')

/** Every log that there is of the cluster: its jobs', and what Styx did to it. */
export function ClusterLogs() {
  const { clusterId } = route.useParams()
  const { log: asked } = route.useSearch()
  const go = route.useNavigate()
  const now = useNow()
  const { jobs, pages } = useAllJobs(clusterId)
  const { operations, read } = useOperations(clusterId)
  const logs = [
    ...jobs.map((job) => ({
      log: `job:${job.id}`,
      name: job.name,
      at: job.submittedAt,
      sign: <JobState job={job} short />,
      begun: begunAt(job) !== null,
      end: begunAt(job) === null ? jobWord(job).toLowerCase() : jobDurationWords(job, now),
    })),
    ...operations.map((operation) => ({
      log: `operation:${operation.id}`,
      name: operationWords[operation.kind].tab,
      at: operation.createdAt,
      sign: <StateDot tone={toneOf(operation)} word={operation.state} />,
      begun: true,
      end: operation.endedAt === null ? '' : durationWords(operation.endedAt - operation.createdAt),
    })),
  ].sort((a, b) => b.at - a.at)
  // One that waits has nothing to read yet.
  const chosen = logs.find(({ log }) => log === asked) ?? logs.find(({ begun }) => begun) ?? logs[0]
  if (!chosen)
    return read && pages.data ? (
      <Empty icon={IconFileText} title="No log yet">
        What its jobs print, and what Styx does to the cluster, is kept here, also when the cluster is gone.
      </Empty>
    ) : (
      <Loading>Reading which logs there are…</Loading>
    )
  return (
    <div className={css.columns}>
      <nav className={css.list} aria-label="Logs">
        <ul>
          {logs.map(({ log, name, at, sign, end }) => (
            <li key={log}>
              <button
                type="button"
                aria-current={log === chosen.log ? 'true' : undefined}
                onClick={() => go({ to: '.', search: { log }, replace: true })}
              >
                {sign}
                <strong>{name}</strong>
                <small>
                  <time title={fullTime(at)}>{whenExactly(at, now)}</time>
                  <span className="tabular">{end}</span>
                </small>
              </button>
            </li>
          ))}
        </ul>
        {pages.hasNextPage && (
          <button type="button" className={css.more} onClick={() => void pages.fetchNextPage()}>
            Show older
          </button>
        )}
      </nav>
      <AnyLog log={chosen.log} name={chosen.name} main />
    </div>
  )
}

const tones: Record<Operation['state'], Tone> = {
  running: 'motion',
  undoing: 'motion',
  done: 'ready',
  failed: 'failed',
  cancelled: 'off',
  'needs-you': 'needs',
}
const toneOf = ({ state }: Operation) => tones[state]

/** All that was done to the cluster; the newest as it is now. */
function useOperations(clusterId: string): { operations: Operation[]; read: boolean } {
  const newest = useOperation(clusterId)
  const list = useQuery({
    queryKey: ['operations', clusterId, newest?.id],
    queryFn: ({ signal }) => api.operations.list({ clusterId }, { signal }),
  })
  const older = (list.data ?? []).filter(({ id }) => id !== newest?.id)
  return { operations: newest ? [newest, ...older] : older, read: list.isSuccess }
}
