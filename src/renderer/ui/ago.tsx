import { agoWords, fullTime, useNow } from '../data/time.ts'

/** "34 s ago", ticking; the full time on hover. */
export function Ago({ at, before = '' }: { at: number; before?: string }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={fullTime(at)}>
      {before}
      {agoWords(at, useNow())}
    </time>
  )
}
