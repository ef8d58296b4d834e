import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { onWakeUp } from './wake-up.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('told after a sleep and after a change of network, and not otherwise', () => {
  let addresses = '10.0.0.2'
  let told = 0
  const stop = new AbortController()
  onWakeUp(
    () => told++,
    stop.signal,
    () => addresses,
  )
  vi.advanceTimersByTime(60_000)
  expect(told).toBe(0)
  vi.setSystemTime(Date.now() + 3_600_000) // no timer runs while the machine sleeps
  vi.advanceTimersByTime(5_000)
  expect(told).toBe(1)
  addresses = '192.168.1.7'
  vi.advanceTimersByTime(60_000)
  expect(told).toBe(2)
  stop.abort()
  addresses = ''
  vi.advanceTimersByTime(60_000)
  expect(told).toBe(2)
})
