const SECOND = 1000

/** How long, in the two largest units: `40 ms`, `0.4 s`, `34 s`, `6 h 31 min`, `2 d 4 h`. Below 10 s with a tenth. */
export function durationWords(ms: number): string {
  if (ms < 95) return `${Math.max(1, Math.round(ms))} ms`
  const tenths = Math.round(Math.max(0, ms) / 100)
  if (tenths < 100) return `${(tenths / 10).toFixed(1)} s`
  const s = Math.round(ms / SECOND)
  if (s < 60) return `${s} s`
  const minutes = Math.floor(s / 60)
  if (minutes < 60) return pair(minutes, 'min', s % 60, 's')
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return pair(hours, 'h', minutes % 60, 'min')
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

const pair = (big: number, bigUnit: string, small: number, smallUnit: string) =>
  small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`
