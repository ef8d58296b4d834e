import { ActionIcon, Button, Menu } from '@mantine/core'
import {
  IconChevronRight,
  IconDots,
  IconDownload,
  IconLayoutBottombar,
  IconRefresh,
  IconX,
  IconZoomQuestion,
} from '@tabler/icons-react'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Cluster } from '../../../shared/cluster.ts'
import { type Job, jobHasEnded } from '../../../shared/job.ts'
import { logDownloadPath } from '../../../shared/log-download.ts'
import { useAnyJob } from '../../data/all-jobs.ts'
import { openLog } from '../../data/dock.ts'
import { useClusters } from '../../data/live.ts'
import { toErrorData } from '../../rpc/connection.ts'
import { Empty, Loading } from '../../ui/empty.tsx'
import { ErrorBlock } from '../../ui/error-block.tsx'
import { type JobAction, jobActions } from '../../ui/job-actions.tsx'
import { JobState } from '../../ui/job-state.tsx'
import { LinkButton } from '../../ui/link-button.tsx'
import { AnyLog } from '../../ui/log/any-log.tsx'
import type { LogOnly } from '../../ui/log/log-viewer.tsx'
import { Page } from '../../ui/page.tsx'
import { JobFacts } from './job-facts.tsx'
import css from './job-page.module.css'
import { JobRanks } from './job-ranks.tsx'
import { JobUse } from './job-use.tsx'

const route = getRouteApi('/jobs/$jobId')

/** One job: what it is and what can be done with it, why it failed, and its log. */
export function JobPage() {
  const { jobId } = route.useParams()
  const { job, error } = useAnyJob(jobId)
  const [only, setOnly] = useState<LogOnly>()
  const onLog = (rank: number) => setOnly({ groups: [`r${rank}`] })
  const cluster = useClusters().find(({ id }) => id === job?.clusterId) ?? null
  if (!job) return <Page title="Job">{error === null ? <Loading>Reading the job…</Loading> : <NoJob error={error} />}</Page>
  return (
    <Page title={job.name} lead={<Lead job={job} cluster={cluster} />} actions={<Actions job={job} cluster={cluster} />}>
      <div className={css.about}>
        <JobFacts job={job} />
        {!jobHasEnded(job.state) && <JobUse job={job} />}
      </div>
      {job.error && job.state !== 'CANCELLED' && (
        <div className={css.error}>
          <ErrorBlock error={job.error}>{job.failed && <Failed failed={job.failed} onLog={onLog} />}</ErrorBlock>
        </div>
      )}
      {job.ranks.length > 1 && <JobRanks job={job} onLog={onLog} />}
      <AnyLog log={`job:${job.id}`} name={job.name} main only={only} />
    </Page>
  )
}

/** The last that the rank said by which the job failed, and the way to the rest. */
function Failed({ failed: { rank, lastLines }, onLog }: { failed: NonNullable<Job['failed']>; onLog(rank: number): void }) {
  return (
    <>
      {lastLines.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <section className={css.lastLines} tabIndex={0} aria-label={`Last lines of rank ${rank}`}>
          <pre>{lastLines.join('\n')}</pre>
        </section>
      )}
      <Button onClick={() => onLog(rank)}>Log of rank {rank}</Button>
    </>
  )
}

function NoJob({ error }: { error: unknown }) {
  const data = toErrorData(error)
  if (data.code === 'job.unknown')
    return (
      <Empty icon={IconZoomQuestion} title="There is no such job" actions={<LinkButton to="/jobs">All jobs</LinkButton>}>
        It was removed, or the address is mistyped.
      </Empty>
    )
  return (
    <div className={css.error}>
      <ErrorBlock error={data} />
    </div>
  )
}

function Lead({ job, cluster }: { job: Job; cluster: Cluster | null }) {
  return (
    <>
      <span className={css.crumb}>
        {cluster ? (
          <Link to="/clusters/$clusterId/jobs" params={{ clusterId: cluster.id }}>
            {job.clusterName}
          </Link>
        ) : (
          <Link to="/jobs" title="Its cluster is not in the list any more">
            {job.clusterName}
          </Link>
        )}
        <IconChevronRight size={14} aria-hidden />
      </span>
      <h1>{job.name}</h1>
      <span className={css.badge}>
        <JobState job={job} />
      </span>
      <span className={css.number}>#{job.number}</span>
    </>
  )
}

/** Plain lines; whose they are where there are several. */
const downloadOf = ({ name, number, ranks }: Job) => ({
  name: `${name}-${number}`,
  times: false,
  names: ranks.length > 1,
  ansi: false,
})

const icons: Partial<Record<JobAction['key'], typeof IconX>> = { again: IconRefresh, cancel: IconX }

function Actions({ job, cluster }: { job: Job; cluster: Cluster | null }) {
  const go = useNavigate()
  const actions = jobActions(job, cluster, go)
  const inMenu = ({ key }: JobAction) => key === 'change' || key === 'remove'
  return (
    <>
      {actions
        .filter((action) => !inMenu(action))
        .map(({ key, label, run }) => {
          const Icon = icons[key]
          return (
            <Button key={key} onClick={run} leftSection={Icon && <Icon size={16} stroke={1.75} />}>
              {label}
            </Button>
          )
        })}
      <Button
        component="a"
        href={logDownloadPath({ log: `job:${job.id}`, streams: null }, downloadOf(job))}
        download
        leftSection={<IconDownload size={16} stroke={1.75} />}
      >
        Download
      </Button>
      <Menu>
        <Menu.Target>
          <ActionIcon aria-label={`More for ${job.name}`}>
            <IconDots size={17} stroke={1.75} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconLayoutBottombar size={15} stroke={1.75} />} onClick={() => void openLog(`job:${job.id}`)}>
            Log in the dock
          </Menu.Item>
          {actions.filter(inMenu).map(({ key, label, danger, run }) => (
            <Menu.Item key={key} onClick={run} {...(danger && { 'data-danger': true })}>
              {label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </>
  )
}
