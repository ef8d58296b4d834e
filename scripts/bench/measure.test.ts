import { expect, test } from 'vitest'
import type { Bench, Goal } from './bench.ts'
import { isEqual, judge, measure, summarize } from './measure.ts'
import { resultLine } from './report.ts'

test('median and interquartile range', () => {
  expect(summarize([5, 1, 2, 4, 3])).toEqual({ median: 3, spread: 2 })
})

test('a pair runs in turns, its first runs are thrown away, and it is closed', async () => {
  const did: string[] = []
  const side = (name: string, numbers: number[]) => ({
    name,
    run: async () => {
      did.push(name)
      return numbers.shift() ?? 0
    },
  })
  const bench: Bench = {
    name: 'start',
    unit: 'ms',
    runs: 2,
    goal: { is: 'ratio-at-most', limit: 1.5 },
    open: async () => ({
      ours: side('a', [99, 10, 10]),
      against: side('b', [99, 8, 8]),
      close: async () => void did.push('closed'),
    }),
  }
  const result = await measure(bench, new AbortController().signal)
  expect(did).toEqual(['a', 'b', 'a', 'b', 'a', 'b', 'closed'])
  expect(resultLine(result)).toBe('start: a 10 ± 0 ms · against b 8 ± 0 ms · 1.25x · 2 runs · goal ≤ 1.5x: met')
})

test('below the spread two sides are equal', () => {
  expect(isEqual({ median: 10, spread: 3 }, { median: 12, spread: 1 })).toBe(true)
  expect(isEqual({ median: 10, spread: 1 }, { median: 12, spread: 1 })).toBe(false)
})

test.for<[Goal, ours: number, against: number | null, verdict: string]>([
  [{ is: 'at-most', limit: 100 }, 100, null, 'met'],
  [{ is: 'at-most', limit: 100 }, 101, null, 'missed'],
  [{ is: 'at-least', limit: 55 }, 54, null, 'missed'],
  [{ is: 'ratio-at-most', limit: 1.5 }, 16, 10, 'missed'],
  [{ is: 'ratio-at-least', limit: 0.9 }, 9, 10, 'met'],
  [{ is: 'added-at-most', limit: 3 }, 14, 10, 'missed'],
  [{ is: 'none', limit: 0 }, 14, 10, 'no goal'],
])('%o of %d against %d is %s', ([goal, ours, against, verdict]) => {
  const of = (median: number) => ({ median, spread: 0 })
  expect(judge(goal, of(ours), against === null ? null : of(against))).toBe(verdict)
})
