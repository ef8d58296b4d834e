import { Button, SegmentedControl, TextInput } from '@mantine/core'
import { IconPlayerPlay, IconSearch } from '@tabler/icons-react'
import { type ReactNode, useRef } from 'react'
import { useAllJobs } from '../../data/all-jobs.ts'
import { useNow } from '../../data/time.ts'
import { number } from '../../data/words.ts'
import { toErrorData } from '../../rpc/connection.ts'
import { Empty, Loading } from '../../ui/empty.tsx'
import { ErrorBlock } from '../../ui/error-block.tsx'
import css from './job-board.module.css'
import { countState, type JobsShown, jobsShown, STATES, type StateFilter } from './job-list.ts'
import { JobTable } from './job-table.tsx'

const labels: Record<StateFilter, string> = {
  all: 'All',
  running: 'Running',
  waiting: 'Waiting',
  succeeded: 'Succeeded',
  failed: 'Failed',
}

type Props = {
  /** Null: of every cluster. */
  clusterId: string | null
  shown: JobsShown
  onShow(shown: JobsShown): void
  /** What to do where there is no job at all. */
  start: ReactNode
}

/** Jobs: filtered, sorted, searched. */
export function JobBoard({ clusterId, shown, onShow, start }: Props) {
  const now = useNow()
  const { jobs, pages } = useAllJobs(clusterId)
  const found = jobsShown(jobs, shown, now)
  const field = useRef<HTMLInputElement>(null)
  const older = () => {
    if (pages.hasNextPage && !pages.isFetching) void pages.fetchNextPage()
  }
  if (jobs.length === 0 && pages.isPending) return <Loading>Reading the jobs…</Loading>
  if (jobs.length === 0 && !pages.error)
    return (
      <Empty icon={IconPlayerPlay} title="No job yet" actions={start}>
        A job runs a task on a cluster: its setup, then its commands. Its log, its exit and how long it took are kept here.
      </Empty>
    )
  return (
    <>
      <div className={css.tools}>
        <SegmentedControl
          aria-label="State"
          value={shown.state}
          onChange={(state) => onShow({ ...shown, state: state as StateFilter })}
          data={STATES.map((state) => ({
            value: state,
            label: (
              <>
                {labels[state]} <span className={css.count}>{number(countState(jobs, state))}</span>
              </>
            ),
          }))}
        />
        <TextInput
          ref={field}
          className={css.search}
          size="xs"
          aria-label="Search in the jobs"
          placeholder="Name, cluster, #number, who"
          leftSection={<IconSearch size={14} stroke={1.75} />}
          value={shown.text}
          onChange={(event) => onShow({ ...shown, text: event.currentTarget.value })}
          onKeyDown={(event) => event.key === 'Escape' && onShow({ ...shown, text: '' })}
        />
      </div>
      {pages.error && (
        <div className={css.error}>
          <ErrorBlock error={toErrorData(pages.error)}>
            <Button onClick={() => void pages.refetch()}>Read again</Button>
          </ErrorBlock>
        </div>
      )}
      {found.length === 0 ? (
        <Empty
          icon={IconSearch}
          title="No job is like that"
          actions={
            <>
              <Button onClick={() => onShow({ ...shown, state: 'all', text: '' })}>Show all</Button>
              {pages.hasNextPage && (
                <Button loading={pages.isFetchingNextPage} onClick={older}>
                  Look among older ones
                </Button>
              )}
            </>
          }
        />
      ) : (
        <JobTable
          jobs={found}
          ofOne={clusterId !== null}
          by={shown.by}
          down={shown.down}
          onSort={(by, down) => onShow({ ...shown, by, down })}
          onEnd={older}
        />
      )}
    </>
  )
}
