import { ActionIcon, Popover, Tooltip } from '@mantine/core'
import { IconBell } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useEvents, useSettings, writeSettings } from '../data/live.ts'
import { count } from '../data/words.ts'
import css from './bell.module.css'
import { EventList } from './event-list.tsx'
import { showError } from './notice.tsx'

const SHOWN = 12

/** What the user should know of, newest first; what came since it was last opened is unread. */
export function Bell() {
  const [open, setOpen] = useState(false)
  const { seenEventId } = useSettings()
  const events = useEvents().filter(({ level }) => level !== 'info')
  const unread = events.filter(({ id }) => id > seenEventId)
  const worst = unread.some(({ level }) => level === 'bad')
    ? 'bad'
    : unread.some(({ level }) => level === 'warn')
      ? 'warn'
      : 'good'
  const label = unread.length === 0 ? 'Notifications' : `Notifications, ${count(unread.length, 'unread', 'unread')}`
  const change = (opened: boolean) => {
    setOpen(opened)
    const newest = events[0]?.id ?? 0
    if (!opened && newest > seenEventId) writeSettings({ seenEventId: newest }).catch(showError)
  }
  return (
    <Popover opened={open} onChange={change} position="bottom-end" width={380} trapFocus>
      <Popover.Target>
        <Tooltip label={label} disabled={open}>
          <ActionIcon aria-label={label} aria-expanded={open} onClick={() => change(!open)} className={css.bell}>
            <IconBell size={17} stroke={1.75} />
            {unread.length > 0 && <span className={css.unread} data-level={worst} />}
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown aria-label="Notifications">
        <div className={css.head}>
          <h2>Notifications</h2>
          <Link to="/events" onClick={() => change(false)}>
            All events
          </Link>
        </div>
        {events.length === 0 ? (
          <p className={css.empty}>Nothing yet. What ends well, fails or needs you is told here.</p>
        ) : (
          <div className={css.list}>
            <EventList events={events.slice(0, SHOWN)} unreadAfter={seenEventId} onFollow={() => change(false)} />
          </div>
        )}
      </Popover.Dropdown>
    </Popover>
  )
}
