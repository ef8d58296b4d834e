import { Button } from '@mantine/core'
import { IconList } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { Event } from '../../shared/event.ts'
import { useEvents } from '../data/live.ts'
import { dayWords, useNow } from '../data/time.ts'
import { api, toErrorData } from '../rpc/connection.ts'
import { Empty, Loading } from './empty.tsx'
import { ErrorBlock } from './error-block.tsx'
import { EventList } from './event-list.tsx'
import css from './event-pages.module.css'

const PAGE = 100

/** All events, of one cluster or of everything: new ones come in at the top, older ones are read on asking. */
export function EventPages({ clusterId }: { clusterId?: string }) {
  const now = useNow()
  const pages = useInfiniteQuery({
    queryKey: ['events', clusterId ?? 'all'],
    queryFn: ({ pageParam }) => api.events.list({ clusterId, before: pageParam, limit: PAGE }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => (page.length < PAGE ? undefined : page.at(-1)?.id),
    staleTime: 0,
  })
  const live = useEvents().filter((event) => clusterId === undefined || event.clusterId === clusterId)
  if (pages.error)
    return (
      <ErrorBlock error={toErrorData(pages.error)}>
        <Button onClick={() => pages.refetch()}>Read again</Button>
      </ErrorBlock>
    )
  if (!pages.data) return <Loading>Reading what happened…</Loading>
  const events = merge(live, pages.data.pages.flat())
  if (events.length === 0)
    return (
      <Empty icon={IconList} title="Nothing happened yet">
        Every launch, stop, failure and recovery is written here, with its time.
      </Empty>
    )
  return (
    <>
      {byDay(events, now).map(([day, list]) => (
        <section key={day} className={css.day}>
          <h2>{day}</h2>
          <div className={css.list}>
            <EventList events={list} ofOne={clusterId !== undefined} exact withDetail />
          </div>
        </section>
      ))}
      {pages.hasNextPage ? (
        <Button loading={pages.isFetchingNextPage} onClick={() => pages.fetchNextPage()}>
          Show older
        </Button>
      ) : (
        <p className={css.end}>That is everything.</p>
      )}
    </>
  )
}

function merge(live: Event[], read: Event[]): Event[] {
  const newest = read[0]?.id ?? 0
  return [...live.filter(({ id }) => id > newest), ...read]
}

function byDay(events: Event[], now: number): [string, Event[]][] {
  const days = new Map<string, Event[]>()
  for (const event of events) {
    const day = dayWords(event.at, now)
    days.set(day, [...(days.get(day) ?? []), event])
  }
  return [...days]
}
