import type { Bench, Goal } from './bench.ts'

/** Of one side: the middle and how far apart the middle half of the runs lies, both in the bench's unit. */
export type Measured = { median: number; spread: number }
export type Result = { bench: Bench; ours: Measured & { name: string }; against: (Measured & { name: string }) | null }
export type Verdict = 'met' | 'missed' | 'no goal'

/** Runs a bench; a pair in turns, so that what else the machine does hits both alike. */
export async function measure(bench: Bench, signal: AbortSignal): Promise<Result> {
  const { ours, against, close } = await bench.open(signal)
  try {
    const numbers = { ours: [] as number[], against: [] as number[] }
    for (let run = 0; run <= bench.runs; run++) {
      const a = await ours.run(signal)
      const b = await against?.run(signal)
      if (run === 0) continue // the first pays for caches and compilers
      numbers.ours.push(a)
      if (b !== undefined) numbers.against.push(b)
    }
    return {
      bench,
      ours: { name: ours.name, ...summarize(numbers.ours) },
      against: against ? { name: against.name, ...summarize(numbers.against) } : null,
    }
  } finally {
    await close()
  }
}

/** How long something takes, ms. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await work()
  return performance.now() - from
}

/** Median and interquartile range. */
export function summarize(numbers: readonly number[]): Measured {
  const sorted = numbers.toSorted((a, b) => a - b)
  return { median: quantile(sorted, 0.5), spread: quantile(sorted, 0.75) - quantile(sorted, 0.25) }
}

/** Between neighbours in proportion; NaN of nothing. */
export function quantile(sorted: readonly number[], at: number): number {
  const place = (sorted.length - 1) * at
  const low = sorted[Math.floor(place)] ?? Number.NaN
  const high = sorted[Math.ceil(place)] ?? Number.NaN
  return low + (high - low) * (place - Math.floor(place))
}

/** Does the median meet the goal? The spread is no excuse: a noisy miss is a miss. */
export function judge(goal: Goal, ours: Measured, against: Measured | null): Verdict {
  const theirs = against?.median ?? Number.NaN
  const met = {
    none: () => null,
    'at-most': (limit: number) => ours.median <= limit,
    'at-least': (limit: number) => ours.median >= limit,
    'ratio-at-most': (limit: number) => ours.median <= theirs * limit,
    'ratio-at-least': (limit: number) => ours.median >= theirs * limit,
    'added-at-most': (limit: number) => ours.median - theirs <= limit,
  }[goal.is](goal.limit)
  return met === null ? 'no goal' : met ? 'met' : 'missed'
}

/** Do two sides differ by less than their runs do among themselves? */
export const isEqual = (a: Measured, b: Measured) => Math.abs(a.median - b.median) <= Math.max(a.spread, b.spread)
