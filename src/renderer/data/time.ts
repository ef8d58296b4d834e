import { useSyncExternalStore } from 'react'
import { durationWords } from '../../shared/duration-words.ts'

export { durationWords }

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Like {@link durationWords}, in whole seconds: for a clock that runs on the screen. */
export function elapsedWords(ms: number): string {
  return ms < 10 * SECOND ? `${Math.floor(Math.max(0, ms) / SECOND)} s` : durationWords(Math.floor(ms / SECOND) * SECOND)
}

/** How long ago: `now` up to 2 s, `34 s ago`, `6 h ago`. One unit is enough for an age. */
export function agoWords(at: number, now: number): string {
  const ms = now - at
  if (ms < 2.5 * SECOND) return 'now'
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s ago`
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ago`
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ago`
  return `${Math.floor(ms / DAY)} d ago`
}

/** How long a step is expected to take: `about 4 s`, `about 2 min`. */
export function expectedWords(seconds: number): string {
  if (seconds < 1) return 'under 1 s'
  if (seconds < 100) return `about ${Math.round(seconds)} s`
  return `about ${durationWords(Math.round(seconds / 10) * 10 * SECOND)}`
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const shortClock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long' })

/** `14:02:11`, in this machine's own time zone. */
export const clockTime = (at: number) => clock.format(at)

/** `14:02` */
export const hourMinute = (at: number) => shortClock.format(at)

/** `24 Nov` */
export const dayMonth = (at: number) => day.format(at)

/** The whole time, for a hover: `Tuesday 24 November 2026 at 14:02:11 UTC`. */
export const fullTime = (at: number) => full.format(at)

/** `14:02` today, `24 Nov` on any other day; the whole time belongs on the hover. */
export function whenWords(at: number, now: number): string {
  return new Date(at).toDateString() === new Date(now).toDateString() ? shortClock.format(at) : day.format(at)
}

/** `14:02` today, `24 Nov 14:02` on any other day. */
export function whenExactly(at: number, now: number): string {
  const words = whenWords(at, now)
  return words.includes(':') ? words : `${words} ${shortClock.format(at)}`
}

/** `Today`, `Yesterday`, or `24 Nov`: the heading over a day of events. */
export function dayWords(at: number, now: number): string {
  const date = new Date(at).toDateString()
  if (date === new Date(now).toDateString()) return 'Today'
  if (date === new Date(now - DAY).toDateString()) return 'Yesterday'
  return day.format(at)
}

// One clock for the whole page: whatever shows an age ticks together, and nothing ticks when nobody looks.
const listeners = new Set<() => void>()
let now = Date.now()
let timer: ReturnType<typeof setInterval> | null = null

/** Calls back once a second, together with every other reader of the clock. Returns the way to stop. */
export function onTick(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(tick, SECOND)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }
}

function tick() {
  now = Date.now()
  for (const listener of listeners) listener()
}

/** The time, ticking once a second. */
export function useNow(): number {
  return useSyncExternalStore(onTick, () => {
    // A component that mounts long after the last tick must not begin with an old time.
    if (Date.now() - now > 1.5 * SECOND) now = Date.now()
    return now
  })
}

/** A time of today, the same until midnight. */
export function useToday(): number {
  return useSyncExternalStore(onTick, () => new Date().setHours(0, 0, 0, 0))
}
