import { Button, Select, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconFilterOff, IconList, IconSearch } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState } from 'react'
import type { Event } from '../../shared/event.ts'
import { useClusters, useEvents } from '../data/live.ts'
import { dayWords, useToday } from '../data/time.ts'
import { api, toErrorData } from '../rpc/connection.ts'
import { Chip, Chips } from './chip.tsx'
import { Empty, Loading } from './empty.tsx'
import { ErrorBlock } from './error-block.tsx'
import { byDay, type EventFilter, passes } from './event-filter.ts'
import { EventLine } from './event-list.tsx'
import css from './event-pages.module.css'

const PAGE = 100
/** So near to the end the page after it is asked for. */
const AHEAD = 20

const levels: { word: string; levels: Event['level'][] | null }[] = [
  { word: 'All', levels: null },
  { word: 'Failed', levels: ['bad'] },
  { word: 'Needs you', levels: ['warn'] },
  { word: 'Went well', levels: ['good'] },
  { word: 'Begun', levels: ['info'] },
]

/** All events, of one cluster or of everything: new ones come in at the top, older ones are read as they are scrolled to. */
export function EventPages({ clusterId }: { clusterId?: string }) {
  const [filter, setFilter] = useState<EventFilter>({ clusterId: clusterId ?? null, levels: null, text: '' })
  const [text] = useDebouncedValue(filter.text, 200)
  const asked = { clusterId: filter.clusterId ?? undefined, levels: filter.levels ?? undefined, text: text.trim() || undefined }
  const pages = useInfiniteQuery({
    queryKey: ['events', asked],
    queryFn: ({ pageParam }) => api.events.list({ ...asked, before: pageParam, limit: PAGE }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => (page.length < PAGE ? undefined : page.at(-1)?.id),
    staleTime: 0,
    placeholderData: (before) => before,
  })
  const live = useEvents().filter((event) => passes(event, { ...filter, text }))
  const isFiltered = filter.levels !== null || text !== '' || (clusterId === undefined && filter.clusterId !== null)
  const events = pages.data && merge(live, pages.data.pages.flat())
  return (
    <div className={css.page}>
      <Tools filter={filter} onFilter={setFilter} ofOne={clusterId !== undefined} />
      {pages.error ? (
        <div className={css.aside}>
          <ErrorBlock error={toErrorData(pages.error)}>
            <Button onClick={() => pages.refetch()}>Read again</Button>
          </ErrorBlock>
        </div>
      ) : !events ? (
        <Loading>Reading what happened…</Loading>
      ) : events.length > 0 ? (
        <Rows
          events={events}
          ofOne={clusterId !== undefined}
          hasMore={pages.hasNextPage}
          onMore={() => {
            if (!pages.isFetching) void pages.fetchNextPage()
          }}
        />
      ) : isFiltered ? (
        <Empty
          icon={IconFilterOff}
          title="Nothing like this happened"
          actions={<Button onClick={() => setFilter({ clusterId: clusterId ?? null, levels: null, text: '' })}>Show all</Button>}
        >
          All that was kept has been looked through.
        </Empty>
      ) : (
        <Empty icon={IconList} title="Nothing happened yet">
          Every launch, stop, failure and recovery is written here, with its time.
        </Empty>
      )}
    </div>
  )
}

function Tools(props: { filter: EventFilter; onFilter(filter: EventFilter): void; ofOne: boolean }) {
  const { filter, onFilter, ofOne } = props
  const clusters = useClusters()
  return (
    <div className={css.tools}>
      <Chips label="Show">
        {levels.map(({ word, levels: of }) => (
          <Chip key={word} chosen={String(of) === String(filter.levels)} onChoose={() => onFilter({ ...filter, levels: of })}>
            {word}
          </Chip>
        ))}
      </Chips>
      {!ofOne && clusters.length > 0 && (
        <Select
          className={css.cluster}
          aria-label="Cluster"
          placeholder="All clusters"
          data={clusters.map(({ id, name, createdAt }) => ({
            value: id,
            label: sameName(clusters, name) ? `${name}, ${dayWords(createdAt, Date.now())}` : name,
          }))}
          value={filter.clusterId}
          onChange={(chosen) => onFilter({ ...filter, clusterId: chosen })}
          clearable
          searchable
          clearButtonProps={{ 'aria-label': 'All clusters' }}
          comboboxProps={{ withinPortal: false }} // outside of the page's landmarks nobody finds it
          nothingFoundMessage="No such cluster"
        />
      )}
      <TextInput
        className={css.find}
        aria-label="Find in what happened"
        placeholder="Find"
        spellCheck={false}
        autoComplete="off"
        maxLength={200}
        value={filter.text}
        onChange={(event) => onFilter({ ...filter, text: event.currentTarget.value })}
        onKeyDown={(event) => event.key === 'Escape' && onFilter({ ...filter, text: '' })}
        leftSection={<IconSearch size={14} stroke={1.75} aria-hidden />}
      />
    </div>
  )
}

const sameName = (clusters: { name: string }[], name: string) => clusters.filter((each) => each.name === name).length > 1

type RowsProps = { events: readonly Event[]; ofOne: boolean; hasMore: boolean; onMore(): void }

/** Only the lines in sight are there. */
function Rows({ events, ofOne, hasMore, onMore }: RowsProps) {
  const today = useToday()
  const rows = byDay(events, (at) => dayWords(at, today))
  const scroll = useRef<HTMLDivElement>(null)
  const list = useVirtualizer({
    count: rows.length + 1,
    getScrollElement: () => scroll.current,
    getItemKey: (i) => {
      const row = rows[i]
      return !row ? 'end' : 'day' in row ? row.day : row.event.id
    },
    estimateSize: (i) => (rows[i] && 'day' in rows[i] ? 40 : 28),
    overscan: 10,
  })
  const inSight = list.getVirtualItems()
  const isNearEnd = (inSight.at(-1)?.index ?? 0) >= rows.length - AHEAD
  useEffect(() => {
    if (isNearEnd && hasMore) onMore()
  })
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reached by the keys
    <section className={css.scroll} ref={scroll} tabIndex={0} aria-label="What happened">
      <ul className={css.all} style={{ height: list.getTotalSize() }}>
        {inSight.map(({ index, key, start }) => {
          const row = rows[index]
          return (
            <li
              key={key}
              ref={list.measureElement}
              data-index={index}
              className={css.row}
              style={{ transform: `translateY(${start}px)` }}
            >
              {!row ? (
                <p className={css.end}>{hasMore ? 'Reading older ones…' : 'That is everything.'}</p>
              ) : 'day' in row ? (
                <h2 className={css.day}>{row.day}</h2>
              ) : (
                <div className={css.line} data-last={row.last} data-first={index > 0 && 'day' in rows[index - 1]!}>
                  <EventLine event={row.event} ofOne={ofOne} exact withDetail />
                </div>
              )}
            </li>
          )
        })}
      </ul>
    </section>
  )
}

function merge(live: Event[], read: Event[]): Event[] {
  const newest = read[0]?.id ?? 0
  return [...live.filter(({ id }) => id > newest), ...read]
}
