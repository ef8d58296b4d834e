import { ActionIcon, Tooltip } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { memo, type Ref } from 'react'
import type { LogQuery, LogView } from '../../../shared/log.ts'
import { logDownloadPath } from '../../../shared/log-download.ts'
import { LogBar } from './log-bar.tsx'
import type { LogFilter, LogGroup } from './log-groups.ts'
import { LogSearchField } from './log-search-field.tsx'
import type { LogHits } from './use-log-search.ts'

type Props = {
  name: string
  log: string
  streams: LogView['streams']
  groups: readonly LogGroup[]
  about(group: LogGroup): string
  problem(group: LogGroup): string | null
  filter: LogFilter
  /** Time and stream stand before each line of a download as they do here. */
  times: boolean
  names: boolean
  field: Ref<HTMLInputElement>
  query: LogQuery
  queryProblem: string | null
  hits: LogHits
  current: number | null
  onFilter(filter: LogFilter): void
  onQuery(query: LogQuery): void
  onStep(by: 1 | -1): void
  onLeave(): void
}

/** What stands above the lines. It changes seldom, and is not drawn with each frame of them. */
export const LogHead = memo(function LogHead(props: Props) {
  const { name, log, streams, groups, about, problem, filter, times, names, field, query, queryProblem, hits, current } = props
  const { onFilter, onQuery, onStep, onLeave } = props
  return (
    <LogBar groups={groups} about={about} problem={problem} filter={filter} onFilter={onFilter}>
      <LogSearchField
        ref={field}
        query={query}
        problem={queryProblem}
        hits={hits}
        current={current}
        onQuery={onQuery}
        onStep={onStep}
        onLeave={onLeave}
      />
      <Tooltip label={streams === null ? 'Download' : 'Download these lines'}>
        <ActionIcon
          component="a"
          href={logDownloadPath({ log, streams }, { name, times, names, ansi: false })}
          download
          aria-label={`Download the log of ${name}`}
        >
          <IconDownload size={16} stroke={1.75} />
        </ActionIcon>
      </Tooltip>
    </LogBar>
  )
})
