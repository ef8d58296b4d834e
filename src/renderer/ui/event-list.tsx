import { IconAlertTriangle, IconCheck, IconCircleX, IconPoint } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { Event } from '../../shared/event.ts'
import { useCluster } from '../data/live.ts'
import { clockTime, fullTime, useNow, whenWords } from '../data/time.ts'
import css from './event-list.module.css'

type Look = {
  /** Leave out the cluster's name: the page says it already. */
  ofOne?: boolean
  /** With seconds, and without the day: its heading says it. */
  exact?: boolean
  withDetail?: boolean
  onFollow?(): void
}

const icons = { info: IconPoint, good: IconCheck, warn: IconAlertTriangle, bad: IconCircleX }

/** It has room in the line itself. */
const isShort = (detail: string) => detail !== '' && detail.length <= 60 && !detail.includes('\n')

/** What happened, a line each: when, how well, to what. Events newer than `unreadAfter` are marked. */
export function EventList({
  events,
  unreadAfter = Infinity,
  ...look
}: Look & { events: readonly Event[]; unreadAfter?: number }) {
  return (
    <ul>
      {events.map((event) => (
        <li key={event.id}>
          <EventLine event={event} unread={event.id > unreadAfter} {...look} />
        </li>
      ))}
    </ul>
  )
}

/** One event. */
export function EventLine(props: Look & { event: Event; unread?: boolean }) {
  const { event, unread = false, ofOne = false, exact = false, withDetail = false, onFollow } = props
  const isKnown = useCluster(event.clusterId ?? '')
  const Icon = icons[event.level]
  return (
    <div
      className={css.event}
      data-level={event.level}
      data-unread={unread}
      style={{ '--when': exact ? '58px' : '44px' } as React.CSSProperties}
    >
      <time className={css.when} dateTime={new Date(event.at).toISOString()} title={fullTime(event.at)}>
        {exact ? clockTime(event.at) : <When at={event.at} />}
      </time>
      <span className={css.icon}>
        <Icon size={14} stroke={2} role="img" aria-label={event.level} />
      </span>
      <div className={css.text}>
        {!ofOne &&
          event.clusterName &&
          (event.clusterId && isKnown ? (
            <Link
              to="/clusters/$clusterId"
              params={{ clusterId: event.clusterId }}
              className={css.cluster}
              {...(onFollow && { onClick: onFollow })}
            >
              {event.clusterName}
            </Link>
          ) : (
            <strong>{event.clusterName}</strong>
          ))}{' '}
        {event.jobId === null ? (
          event.text
        ) : (
          <Link to="/jobs/$jobId" params={{ jobId: event.jobId }} className={css.job} {...(onFollow && { onClick: onFollow })}>
            {event.text}
          </Link>
        )}
        {withDetail && isShort(event.detail) && <span className={css.aside}> · {event.detail}</span>}
        {withDetail && event.detail && !isShort(event.detail) && (
          <details className={css.detail}>
            <summary>{event.level === 'bad' ? 'Why' : 'More'}</summary>
            <pre>{event.detail}</pre>
          </details>
        )}
      </div>
    </div>
  )
}

function When({ at }: { at: number }) {
  return whenWords(at, useNow())
}
