import type { Event } from '../../shared/event.ts'

/** Which events are shown. */
export type EventFilter = {
  /** Null: all of them. */
  clusterId: string | null
  /** Null: of every level. */
  levels: Event['level'][] | null
  text: string
}

/** Does the event pass? For those that come by themselves; the engine answers alike what is asked of it. */
export function passes(event: Event, { clusterId, levels, text }: EventFilter): boolean {
  if (clusterId !== null && event.clusterId !== clusterId) return false
  if (levels !== null && !levels.includes(event.level)) return false
  const words = text.trim().toLowerCase()
  return words === '' || [event.text, event.detail, event.clusterName ?? ''].some((part) => part.toLowerCase().includes(words))
}

/** A day's heading, or an event. `last`: of its day. */
export type EventRow = { day: string } | { event: Event; last: boolean }

/** The events, newest first, under the days on which they happened. Pure. */
export function byDay(events: readonly Event[], dayOf: (at: number) => string): EventRow[] {
  const rows: EventRow[] = []
  for (const [i, event] of events.entries()) {
    const day = dayOf(event.at)
    const before = events[i - 1]
    const after = events[i + 1]
    if (!before || dayOf(before.at) !== day) rows.push({ day })
    rows.push({ event, last: !after || dayOf(after.at) !== day })
  }
  return rows
}
