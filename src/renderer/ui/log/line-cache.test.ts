import { expect, test, vi } from 'vitest'
import type { LogLine } from '../../../shared/log.ts'
import { createLineCache } from './line-cache.ts'

const lineOf = (n: number, text = `line ${n}`): LogLine => ({ n, at: n, stream: 'r0.out', text, continues: false })

/** A log of any length, read as the engine gives it. */
function cacheOf(options: { text?: (n: number) => string; most?: number; count?: () => number } = {}) {
  const calls: [number, number][] = []
  const errors: unknown[] = []
  let fails = false
  let came = 0
  const cache = createLineCache({
    read: async (from, count) => {
      calls.push([from, count])
      await Promise.resolve()
      if (fails) throw new Error('not now')
      const there = Math.max(0, Math.min(count, options.most ?? count, (options.count?.() ?? Infinity) - from))
      return Array.from({ length: there }, (_, i) => lineOf(from + i, options.text?.(from + i)))
    },
    onLines: () => came++,
    onError: (error) => errors.push(error),
  })
  const fail = (now: boolean) => {
    fails = now
  }
  return { cache, calls, errors, fail, came: () => came }
}

const cameTo = (done: () => boolean) => vi.waitFor(() => expect(done()).toBe(true), { interval: 1 })

test('what is wanted is read, once', async () => {
  const { cache, calls } = cacheOf()
  cache.want(9_000_000, 9_000_050, { first: 0, count: 10_000_000 })
  expect(cache.line(9_000_000)).toBe(undefined)
  await vi.waitFor(() => expect(cache.has(9_000_000, 9_000_050)).toBe(true))
  expect(cache.line(9_000_049)?.text).toBe('line 9000049')
  const before = calls.length
  cache.want(9_000_000, 9_000_050, { first: 0, count: 10_000_000 })
  await Promise.resolve()
  expect(calls.length).toBe(before)
})

test('of a log that grows, only what is new', async () => {
  const { cache, calls } = cacheOf()
  cache.want(0, 100, { first: 0, count: 100 })
  await vi.waitFor(() => expect(cache.has(0, 100)).toBe(true))
  cache.want(50, 130, { first: 0, count: 130 })
  await vi.waitFor(() => expect(cache.has(50, 130)).toBe(true))
  expect(calls).toEqual([
    [0, 100],
    [100, 30],
  ])
})

test('long lines come in several answers', async () => {
  const { cache } = cacheOf({ most: 7 })
  cache.want(0, 100, { first: 0, count: 100 })
  await vi.waitFor(() => expect(cache.has(0, 100)).toBe(true))
})

test('lines that are no longer kept are not asked for', async () => {
  const { cache, calls } = cacheOf()
  cache.want(0, 400, { first: 300, count: 400 })
  await vi.waitFor(() => expect(cache.has(300, 400)).toBe(true))
  expect(calls).toEqual([[300, 100]])
  expect(cache.line(299)).toBe(undefined)
})

test('what was passed by is not read', async () => {
  const { cache, calls } = cacheOf()
  const extent = { first: 0, count: 1_000_000 }
  for (let from = 0; from < 900_000; from += 10_000) cache.want(from, from + 50, extent)
  await vi.waitFor(() => expect(cache.has(890_000, 890_050)).toBe(true))
  expect(calls.length).toBeLessThan(6)
})

test('memory stays bounded, by lines and by their length', async () => {
  const { cache } = cacheOf()
  const extent = { first: 0, count: 1_000_000 }
  for (let from = 0; from < 40_000; from += 256) {
    cache.want(from, from + 256, extent)
    await cameTo(() => cache.has(from, from + 256))
  }
  expect(cache.line(0)).toBe(undefined)
  expect(cache.line(30_000)).toBeDefined()

  const long = cacheOf({ text: () => 'x'.repeat(16_000) })
  for (let from = 0; from < 2048; from += 256) {
    long.cache.want(from, from + 256, { first: 0, count: 4096 })
    await cameTo(() => long.cache.has(from, from + 256))
  }
  expect(long.cache.line(0)).toBe(undefined)
  expect(long.cache.line(1800)).toBeDefined()
})

test('an error is told, and the same is asked for again', async () => {
  vi.useFakeTimers()
  const { cache, errors, fail } = cacheOf()
  fail(true)
  cache.want(0, 10, { first: 0, count: 10 })
  await vi.advanceTimersByTimeAsync(10)
  expect(errors).toHaveLength(1)
  fail(false)
  await vi.advanceTimersByTimeAsync(1500)
  expect(cache.has(0, 10)).toBe(true)
  vi.useRealTimers()
})

test('a line that is not there is no endless question', async () => {
  vi.useFakeTimers()
  const { cache, calls } = cacheOf({ count: () => 5 })
  cache.want(0, 10, { first: 0, count: 10 })
  await vi.advanceTimersByTimeAsync(3500)
  expect(calls.length).toBeLessThan(7)
  expect(cache.has(0, 5)).toBe(true)
  cache.close()
  vi.useRealTimers()
})
