import { dayMonth, hourMinute } from '../../data/time.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** How far back the charts go. `raw`: every reading is drawn; else means over steps. */
export const spans = {
  '15min': { label: '15 min', words: 'the last 15 minutes', length_ms: 15 * MINUTE, steps: 90, raw: true, tick: hourMinute },
  '6h': { label: '6 h', words: 'the last 6 hours', length_ms: 6 * HOUR, steps: 360, raw: false, tick: hourMinute },
  '30d': { label: '30 d', words: 'the last 30 days', length_ms: 30 * DAY, steps: 480, raw: false, tick: dayMonth },
} as const
export type SpanKey = keyof typeof spans
export type Span = (typeof spans)[SpanKey]

/** What the GPUs' charts show. */
export const shown = { use: 'Use', memory: 'Memory', heat: 'Heat', power: 'Power' } as const
export type Shown = keyof typeof shown
