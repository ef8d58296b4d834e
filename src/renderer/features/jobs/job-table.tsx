import { ActionIcon, Menu, Tooltip } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconDots, IconFileText } from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, useRef } from 'react'
import { type Job, jobHasEnded } from '../../../shared/job.ts'
import { openLog } from '../../data/dock.ts'
import { exitRank, exitWords, isBadExit, jobDurationWords, waitsWords } from '../../data/job-words.ts'
import { useClusters, useJobs } from '../../data/live.ts'
import { fullTime, useNow, whenExactly } from '../../data/time.ts'
import { jobActions } from '../../ui/job-actions.tsx'
import { JobState } from '../../ui/job-state.tsx'
import type { Column } from './job-list.ts'
import css from './job-table.module.css'

const ROW_PX = 34

const HEADS: { column: Column; label: string; isNumber?: boolean; ofAll?: boolean }[] = [
  { column: 'state', label: 'State' },
  { column: 'name', label: 'Job' },
  { column: 'cluster', label: 'Cluster', ofAll: true },
  { column: 'number', label: 'No.', isNumber: true },
  { column: 'when', label: 'Submitted', isNumber: true },
  { column: 'duration', label: 'Took', isNumber: true },
  { column: 'exit', label: 'Exit' },
  { column: 'who', label: 'By' },
]

type Props = {
  jobs: readonly Job[]
  /** Of one cluster: it need not be named in each line. */
  ofOne: boolean
  by: Column
  down: boolean
  onSort(by: Column, down: boolean): void
  /** The last line was reached. */
  onEnd(): void
}

/** Jobs, a line each, any number of them. Arrows go from line to line, Enter opens, L shows the log in the dock. */
export function JobTable({ jobs, ofOne, by, down, onSort, onEnd }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count: jobs.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
    getItemKey: (i) => jobs[i]!.id,
    onChange: (one) => {
      if ((one.range?.endIndex ?? 0) >= jobs.length - 1) onEnd()
    },
  })
  const heads = HEADS.filter(({ ofAll }) => !ofAll || !ofOne)
  const focusRow = (i: number) => {
    if (i < 0 || i >= jobs.length) return
    rows.scrollToIndex(i)
    // It is drawn once it is scrolled to.
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-row="${i}"] a`)?.focus())
  }
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const row = (event.target as HTMLElement).closest<HTMLElement>('[data-row]')
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return
    const i = Number(row.dataset.row)
    const job = jobs[i]
    const keys: Record<string, () => void> = {
      ArrowDown: () => focusRow(i + 1),
      ArrowUp: () => focusRow(i - 1),
      Home: () => focusRow(0),
      End: () => focusRow(jobs.length - 1),
      l: () => job && void openLog(`job:${job.id}`),
    }
    const act = keys[event.key]
    if (!act) return
    event.preventDefault()
    event.stopPropagation()
    act()
  }
  const shown = rows.getVirtualItems()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section ref={box} className={css.scroll} tabIndex={0} aria-label="List of jobs" onKeyDown={onKeyDown}>
      <table className={css.table} aria-label="Jobs" aria-rowcount={jobs.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            {heads.map(({ column, label, isNumber }) => (
              <th
                key={column}
                data-column={column}
                data-number={isNumber || undefined}
                aria-sort={by === column ? (down ? 'descending' : 'ascending') : 'none'}
              >
                <button type="button" onClick={() => onSort(column, by === column ? !down : isNumber === true)}>
                  {label}
                  {by === column && (down ? <IconArrowDown size={12} aria-hidden /> : <IconArrowUp size={12} aria-hidden />)}
                </button>
              </th>
            ))}
            <th data-column="actions">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          <Space height_px={shown[0]?.start ?? 0} />
          {shown.map(({ key, index }) => (
            <JobRow key={key} job={jobs[index]!} index={index} ofOne={ofOne} />
          ))}
          <Space height_px={rows.getTotalSize() - (shown.at(-1)?.end ?? 0)} />
        </tbody>
      </table>
    </section>
  )
}

/** Where rows would be that are out of sight. */
const Space = ({ height_px }: { height_px: number }) =>
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: this row takes no focus
  height_px > 0 && <tr aria-hidden="true" style={{ height: height_px }} />

function JobRow({ job, index, ofOne }: { job: Job; index: number; ofOne: boolean }) {
  const now = useNow()
  const all = useJobs()
  const go = useNavigate()
  const cluster = useClusters().find(({ id }) => id === job.clusterId) ?? null
  const waits = waitsWords(job, all)
  return (
    <tr aria-rowindex={index + 2} data-row={index}>
      <td>
        <JobState job={job} />
      </td>
      <td className={css.name}>
        <Link to="/jobs/$jobId" params={{ jobId: job.id }}>
          {job.name}
        </Link>
        {waits && <small title={waits}>{waits}</small>}
      </td>
      {!ofOne && (
        <td>
          {cluster ? (
            <Link to="/clusters/$clusterId" params={{ clusterId: job.clusterId }} tabIndex={-1}>
              {job.clusterName}
            </Link>
          ) : (
            <span title="It is not in the list of clusters any more">{job.clusterName}</span>
          )}
        </td>
      )}
      <td data-number>{job.number}</td>
      <td data-number>
        <time title={fullTime(job.submittedAt)}>{whenExactly(job.submittedAt, now)}</time>
      </td>
      <td data-number>{jobDurationWords(job, now)}</td>
      <td data-column="exit" data-bad={isBadExit(job) || undefined} title={exitRank(job)}>
        {job.exitCode !== null ? exitWords(job.exitCode) : jobHasEnded(job.state) ? 'none' : ''}
      </td>
      <td>{job.submittedBy}</td>
      <td className={css.end}>
        <span>
          <Tooltip label="Its log, in the dock (L)">
            <ActionIcon
              size={26}
              tabIndex={-1}
              aria-label={`Log of ${job.name} in the dock`}
              onClick={() => void openLog(`job:${job.id}`)}
            >
              <IconFileText size={15} stroke={1.75} />
            </ActionIcon>
          </Tooltip>
          <Menu withinPortal>
            <Menu.Target>
              <ActionIcon size={26} aria-label={`More for ${job.name}, number ${job.number}`}>
                <IconDots size={16} stroke={1.75} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {jobActions(job, cluster, go).map(({ key, label, danger, run }) => (
                <Menu.Item key={key} onClick={run} {...(danger && { 'data-danger': true })}>
                  {label}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        </span>
      </td>
    </tr>
  )
}
