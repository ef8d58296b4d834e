import { expect, test } from 'vitest'
import { createRing } from './ring.ts'

const times = (ring: ReturnType<typeof createRing<{ at: number }>>) => ring.items().map(({ at }) => at)

test('keeps the last span of time', () => {
  const ring = createRing<{ at: number }>(3000)
  for (let at = 0; at <= 10_000; at += 1000) ring.push({ at })
  expect(times(ring)).toEqual([7000, 8000, 9000, 10_000])
  expect(ring.last()).toEqual({ at: 10_000 })
})

test('a stream that begins anew repeats nothing', () => {
  const ring = createRing<{ at: number }>(10_000)
  for (const at of [1000, 2000, 3000]) ring.push({ at })
  for (const at of [2000, 3000, 4000]) ring.push({ at })
  expect(times(ring)).toEqual([1000, 2000, 3000, 4000])
})

test('a shorter span forgets at once', () => {
  const ring = createRing<{ at: number }>(10_000)
  for (const at of [1000, 2000, 3000]) ring.push({ at })
  ring.keep(1000)
  expect(times(ring)).toEqual([2000, 3000])
})

test('is empty at first', () => {
  const ring = createRing<{ at: number }>(1000)
  expect(ring.last()).toBeUndefined()
  expect(times(ring)).toEqual([])
})
