import { notifications } from '@mantine/notifications'
import { IconAlertTriangle, IconCheck, IconCircleX } from '@tabler/icons-react'
import { useEffect } from 'react'
import type { Event } from '../../../shared/event.ts'
import { onEvent, useSettings } from '../../data/live.ts'

const looks = {
  good: { icon: <IconCheck size={16} aria-label="good" />, color: 'var(--ready)', autoClose: 5000 },
  warn: { icon: <IconAlertTriangle size={16} aria-label="needs you" />, color: 'var(--needs)', autoClose: 12_000 },
  bad: { icon: <IconCircleX size={16} aria-label="failed" />, color: 'var(--failed)', autoClose: false as const },
}

const isShown = ({ clusterId, jobId }: Event) =>
  !document.hidden &&
  ((clusterId !== null && location.pathname.startsWith(`/clusters/${clusterId}`)) || location.pathname === `/jobs/${jobId}`)

/** Tells of what ends well, fails or needs the user, in the corner, while the settings allow it. */
export function Notices() {
  const { notifications: allowed } = useSettings()
  useEffect(() => {
    if (!allowed) return
    return onEvent((event) => {
      // What is on the screen already needs no notice: the bell keeps it either way.
      if (event.level === 'info' || isShown(event)) return
      // One for each cluster: what it says last is what holds.
      const id = event.clusterId ?? event.id.toString()
      notifications.hide(id)
      notifications.show({ id, title: event.clusterName, message: event.text, ...looks[event.level] })
    })
  }, [allowed])
  return null
}
