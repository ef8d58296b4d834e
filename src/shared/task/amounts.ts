import type { Amount } from './task.ts'

/** GB, which here as in SkyPilot are 2^30 bytes, in one of each unit. */
const GB_IN: Record<string, number> = { k: 1 / 1024 ** 2, m: 1 / 1024, g: 1, t: 1024, p: 1024 ** 2 }
const MINUTES_IN: Record<string, number> = { m: 1, h: 60, d: 24 * 60, w: 7 * 24 * 60 }

/** `8`, `8+`, `0.5`. Null: it is none. */
export function parseCount(text: string): Amount | null {
  const [, value, plus] = /^(\d+(?:\.\d+)?)(\+?)$/.exec(text.trim()) ?? []
  return positive(value, plus, 1)
}

/** `16`, `16+`, `16GB`, `16GB+`, `512MB`, in GB. Null: it is none. */
export function parseSize(text: string): Amount | null {
  const [, value, unit = 'g', plus] = /^(\d+(?:\.\d+)?)(?:([kmgtp])b?)?(\+?)$/i.exec(text.trim()) ?? []
  return positive(value, plus, GB_IN[unit.toLowerCase()]!)
}

/** `10`, `10m`, `1h`, `2d`, `1w`, in minutes. Null: it is none. */
export function parseMinutes(text: string): number | null {
  const [, value, unit = 'm'] = /^(\d{1,9})([mhdw])?$/i.exec(text.trim()) ?? []
  return value === undefined ? null : Number(value) * MINUTES_IN[unit.toLowerCase()]!
}

/** `A100`, `A100:8`, `A100-80GB:0.5`. Null: it is none. A count of NaN: there is one, and it is no number above 0. */
export function parseAccelerator(text: string): { name: string; count: number } | null {
  const [, name, count] = /^([A-Za-z][\w.-]*)(?::(.*))?$/.exec(text.trim()) ?? []
  if (name === undefined) return null
  return {
    name,
    count: count === undefined ? 1 : /^\d+(\.\d+)?$/.test(count.trim()) && Number(count) > 0 ? Number(count) : Number.NaN,
  }
}

function positive(value: string | undefined, plus: string | undefined, factor: number): Amount | null {
  const number = Number(value) * factor
  return value === undefined || !(number > 0) || !Number.isFinite(number) ? null : { value: number, atLeast: plus === '+' }
}
