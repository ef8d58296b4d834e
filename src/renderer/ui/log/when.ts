const DAY_MS = 24 * 3600 * 1000

/**
 * What the user wrote to jump to: a line's number as it is shown (`19,161`), or a time in this machine's own time zone, `14:02`,
 * `14:02:11` or with its day before it, `2026-11-24 14:02`. A time alone is the last one that is not after `until`, epoch ms.
 * Null: neither.
 */
export function readWhere(text: string, until: number): { line: number } | { at: number } | null {
  const words = text.trim()
  if (/^\d[\d,. ]{0,15}$/.test(words)) return { line: Number(words.replace(/\D/g, '')) }
  const [, year, month, day, hour, minute, second = '0'] =
    /^(?:(\d{4})-(\d\d?)-(\d\d?)[T ]+)?(\d\d?):(\d\d)(?::(\d\d(?:\.\d{1,3})?))?$/.exec(words) ?? []
  if (hour === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) >= 60) return null
  const date = new Date(until)
  if (year !== undefined) date.setFullYear(Number(year), Number(month) - 1, Number(day))
  date.setHours(Number(hour), Number(minute), 0, Number(second) * 1000)
  const at = date.getTime()
  return { at: year === undefined && at > until ? at - DAY_MS : at }
}
