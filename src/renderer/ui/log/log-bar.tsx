import { Menu, SegmentedControl } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { LogStream } from '../../../shared/log.ts'
import { number } from '../../data/words.ts'
import css from './log-bar.module.css'
import type { LogFilter, LogGroup } from './log-groups.ts'

/** More than these are in a menu. */
const CHIPS = 8

type Props = {
  groups: readonly LogGroup[]
  /** Behind the name of a group: "head", "worker 1". */
  about(group: LogGroup): string
  /** What is wrong with it, short; null: nothing. */
  problem(group: LogGroup): string | null
  filter: LogFilter
  onFilter(filter: LogFilter): void
  children: ReactNode
}

/** Which lines are shown: of which ranks or steps, of which stream. */
export function LogBar({ groups, about, problem, filter, onFilter, children }: Props) {
  const streams = groups.flatMap((group) => group.streams)
  const kinds = new Set(streams.map(({ kind }) => kind))
  const choose = (key: string | null, add = false) => {
    if (key === null) return onFilter({ ...filter, groups: null })
    const chosen = filter.groups ?? []
    if (!add) return onFilter({ ...filter, groups: [key] })
    const next = chosen.includes(key) ? chosen.filter((one) => one !== key) : [...chosen, key]
    onFilter({ ...filter, groups: next.length === 0 ? null : next })
  }
  return (
    <div className={css.bar}>
      {groups.length > 1 && (
        <fieldset className={css.chips} aria-label={groups[0]?.rank === null ? 'Steps' : 'Ranks'}>
          <button type="button" className={css.chip} aria-pressed={filter.groups === null} onClick={() => choose(null)}>
            {groups[0]?.rank === null ? 'All steps' : 'All, merged'}
          </button>
          {groups.length <= CHIPS ? (
            groups.map((group) => (
              <button
                key={group.key}
                type="button"
                className={css.chip}
                data-tone={group.rank === null ? undefined : group.rank % 4}
                aria-pressed={filter.groups?.includes(group.key) ?? false}
                title={`${about(group) || group.name}; with Ctrl, together with the others`}
                onClick={(event) => choose(group.key, event.ctrlKey || event.metaKey)}
              >
                {group.name}
                {about(group) && <span>{about(group)}</span>}
                {problem(group) && <em>{problem(group)}</em>}
              </button>
            ))
          ) : (
            <GroupMenu groups={groups} about={about} problem={problem} filter={filter} onChoose={choose} />
          )}
        </fieldset>
      )}
      {kinds.has('err') && kinds.has('out') && (
        <SegmentedControl
          className={css.kinds}
          aria-label="Streams"
          value={filter.kind ?? 'all'}
          onChange={(value) => onFilter({ ...filter, kind: value === 'all' ? null : (value as 'out' | 'err') })}
          data={[
            { value: 'all', label: 'All' },
            { value: 'out', label: 'stdout' },
            { value: 'err', label: <ErrLabel streams={streams} /> },
          ]}
        />
      )}
      {children}
    </div>
  )
}

const ErrLabel = ({ streams }: { streams: readonly LogStream[] }) => (
  <>
    stderr{' '}
    <span className={css.errLines}>
      {number(streams.reduce((sum, { kind, lines }) => sum + (kind === 'err' ? lines : 0), 0))}
    </span>
  </>
)

type MenuProps = Pick<Props, 'groups' | 'about' | 'problem' | 'filter'> & { onChoose(key: string, add: boolean): void }

function GroupMenu({ groups, about, problem, filter, onChoose }: MenuProps) {
  const chosen = filter.groups ?? []
  const words =
    chosen.length === 0
      ? `${groups.length} ${groups[0]?.rank === null ? 'steps' : 'ranks'}`
      : chosen.length > 2
        ? `${chosen.length} chosen`
        : groups
            .filter(({ key }) => chosen.includes(key))
            .map(({ name }) => name)
            .join(', ')
  return (
    <Menu closeOnItemClick={false} position="bottom-start">
      <Menu.Target>
        <button type="button" className={css.chip} aria-pressed={chosen.length > 0}>
          {words}
          <IconChevronDown size={14} stroke={1.75} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown mah={360} style={{ overflowY: 'auto' }}>
        {groups.map((group) => (
          <Menu.CheckboxItem key={group.key} checked={chosen.includes(group.key)} onChange={() => onChoose(group.key, true)}>
            {group.name} {about(group)} {problem(group)}
          </Menu.CheckboxItem>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
