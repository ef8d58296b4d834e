import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { unpackHistory } from '../../shared/history.ts'
import type { MachineSample } from '../../shared/machine.ts'
import { openHistory } from '../storage/history-records.ts'
import { createTopic } from '../topics.ts'
import { createHistory, type History, thinOne } from './history.ts'
import { type Chunk, packChunk, resample } from './history-chunk.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** A whole day, so that every row of every level begins at it. */
const T = Math.floor(Date.now() / DAY) * DAY

let folder: string
let stop: AbortController
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'styx-history-'))
  stop = new AbortController()
  vi.useFakeTimers({ now: T, toFake: ['Date', 'setTimeout'] })
})
afterEach(async () => {
  stop.abort()
  vi.useRealTimers()
  await rm(folder, { recursive: true })
})

function sample(at: number, use: (number | null)[], more: Partial<MachineSample> = {}): MachineSample {
  return {
    machineId: 'm',
    at,
    cores_percent: [10, null, 30],
    memoryUsed_MiB: 1000,
    memoryTotal_MiB: 4000,
    swapUsed_MiB: 5,
    swapTotal_MiB: 10,
    diskUsed_MiB: 7,
    diskFree_MiB: 8,
    down_Bps: 12_345_678,
    up_Bps: 0,
    temperature_C: null,
    gpus: {
      use_percent: use,
      memoryUsed_MiB: use.map(() => 70_000),
      temperature_C: use.map(() => 61),
      power_W: use.map(() => 333.3),
    },
    gpuProblem: null,
    problem: null,
    ...more,
  }
}

/** A history over the folder, and a way to feed it. */
function start(gpus: string[] = ['a']) {
  const samples = createTopic<MachineSample>()
  const { records, notice } = openHistory(folder)
  const history = createHistory({ records, sampler: { samples, gpus: () => gpus }, signal: stop.signal })
  return {
    history,
    records,
    notice,
    feed: async (...all: MachineSample[]) => {
      for (const one of all) samples.publish(one)
      await new Promise(setImmediate) // the topic hands on in a later turn
    },
  }
}
const use = async (history: History, from: number, to: number, steps = 1000) =>
  unpackHistory(await history.read({ machineId: 'm', from, to, steps })).gpus.find(({ uuid }) => uuid === 'a')?.use_percent

test('what was read is there at once, in means of 10 s, and nothing else', async () => {
  const { history, feed } = start()
  await feed(sample(T, [10]), sample(T + 9_000, [20]), sample(T + 12_000, [null]), sample(T + 30_000, [50]))
  vi.setSystemTime(T + 40_000)
  const read = unpackHistory(await history.read({ machineId: 'm', from: T, to: T + 40_000, steps: 100 }))
  expect(read).toMatchObject({ from: T, to: T + 40_000, step_ms: 10_000, at: [5, 15, 25, 35].map((s) => T + s * 1000) })
  expect(read.cores_percent).toEqual([20, 20, 20, 20]) // 20 s was skipped between two that are near
  expect(read).toMatchObject({
    memoryUsed_MiB: Array(4).fill(1000),
    down_Bps: Array(4).fill(12_345_678),
    temperature_C: Array(4).fill(null),
  })
  expect(read.gpus).toEqual([
    {
      uuid: 'a',
      use_percent: [15, null, 50, 50],
      memoryUsed_MiB: Array(4).fill(70_000),
      temperature_C: Array(4).fill(61),
      power_W: Array(4).fill(333),
    },
  ])
  expect(unpackHistory(await history.read({ machineId: 'other', from: T, to: T + 40_000, steps: 4 }))).toMatchObject({
    gpus: [],
    cores_percent: Array(4).fill(null),
  })
})

test('a gap is a gap: nothing read, a machine that does not answer, a restart', async () => {
  const first = start()
  await first.feed(sample(T, [10]), sample(T + 10_000, [99], { problem: 'gone' }), sample(T + 31_000, [40]))
  first.history.close()
  const second = start()
  await second.feed(sample(T + 50_000, [60]), sample(T + 125_000, [80]))
  vi.setSystemTime(T + 3 * MINUTE)
  const known = [10, null, null, 40, null, 60, null, null, null, null, null, null, 80, null, null, null, null, null]
  expect(await use(second.history, T, T + 3 * MINUTE)).toEqual(known)
  second.history.close()
  expect(await use(start().history, T, T + 3 * MINUTE)).toEqual(known) // a minute lived in two runs is one
})

test('GPUs that come and go keep their columns', async () => {
  const gpus = ['b']
  const { history, feed } = start(gpus)
  await feed(sample(T, [1]))
  gpus.push('a')
  await feed(sample(T + 1000, [2, 3]), sample(T + 11_000, [4, null]))
  const read = unpackHistory(await history.read({ machineId: 'm', from: T, to: T + 20_000, steps: 10 }))
  expect(read.gpus.map(({ uuid, use_percent }) => [uuid, use_percent])).toEqual([
    ['b', [2, 4]],
    ['a', [3, null]],
  ])
})

test('each minute is written by itself, and what is old becomes thin', async () => {
  const { history, records, feed } = start()
  await feed(...Array.from({ length: 60 }, (_, minute) => sample(T + minute * MINUTE, [minute])))
  vi.setSystemTime(T + HOUR - MINUTE)
  await vi.advanceTimersByTimeAsync(MINUTE)
  await vi.waitFor(() => expect(records.read('m', 0, T, T + HOUR)).toHaveLength(60))
  const wanted = await use(history, T, T + HOUR, 60)
  expect(wanted).toEqual(Array.from({ length: 60 }, (_, minute) => minute))

  expect(thinOne(records, T + HOUR + 19 * MINUTE)).toBe(false) // the hour is not all older than that
  expect(thinOne(records, T + 8 * HOUR)).toBe(true)
  expect(thinOne(records, T + 8 * HOUR)).toBe(false)
  expect([records.read('m', 0, T, T + DAY).length, records.read('m', 1, T, T + DAY).length]).toEqual([0, 1])
  vi.setSystemTime(T + 7 * HOUR)
  expect(await use(history, T, T + HOUR, 60)).toEqual(wanted)

  while (thinOne(records, T + 4 * DAY)) {}
  expect(records.read('m', 2, T, T + DAY)).toHaveLength(1)
  vi.setSystemTime(T + 4 * DAY)
  expect(await use(history, T, T + HOUR, 60)).toEqual([7, 22, 37, 52]) // means of quarters of an hour
  while (thinOne(records, T + 33 * DAY)) {}
  expect(records.read('m', 2, 0, T + DAY)).toEqual([])
})

test('a step is a whole number of what is kept, and never more steps than asked for', async () => {
  const { history } = start()
  vi.setSystemTime(T + 40 * DAY)
  const now = Date.now()
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 31 * DAY }), fc.integer({ min: 1, max: 4000 }), async (span, steps) => {
      const read = unpackHistory(await history.read({ machineId: 'm', from: now - span, to: now, steps }))
      expect(read.at.length).toBeLessThanOrEqual(steps)
      expect(read.step_ms % (span <= 20 * MINUTE ? 10_000 : span <= 7 * HOUR ? MINUTE : 15 * MINUTE)).toBe(0)
      expect(read.to).toBeGreaterThanOrEqual(now)
      expect(read.to - read.from).toBe(read.at.length * read.step_ms)
    }),
    { numRuns: 60 },
  )
})

test('property: thinning keeps the mean of every step, and a gap stays one', () => {
  const column = fc.array(fc.option(fc.nat(1000)), { minLength: 60, maxLength: 60 })
  fc.assert(
    fc.property(fc.array(column, { minLength: 13, maxLength: 13 }), fc.constantFrom(1, 2, 5, 15, 60), (columns, by) => {
      const chunk = packChunk(T, MINUTE, ['a'], columns)
      const thin = resample([chunk], { start: T, step_ms: by * MINUTE, steps: 60 / by })
      for (const [index, all] of columns.entries())
        for (let step = 0; step < 60 / by; step++) {
          const known = all.slice(step * by, (step + 1) * by).filter((one) => one !== null)
          const mean = known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0) / known.length
          expect(thin.columns[index]![step]).toBe(mean === null ? null : Math.round(mean))
        }
    }),
    { numRuns: 40 },
  )
})

test('a damaged piece is a gap, a damaged file is moved aside, and what cannot be written is said', async () => {
  const good = packChunk(T, 10_000, ['a'], Array(13).fill([5]))
  const bad: Chunk = { ...good, start: T + 10_000, data: Uint8Array.of(9, 9) }
  expect(resample([good, bad], { start: T, step_ms: 10_000, steps: 2 }).columns[0]).toEqual([5, null])

  await writeFile(join(folder, 'history.db'), 'this is no database, and never was one. '.repeat(100))
  const { history, notice, feed } = start()
  expect(notice).toMatch(/moved to .*history\.db\.unread-/)
  expect((await readdir(folder)).some((name) => name.startsWith('history.db.unread-'))).toBe(true)
  await feed(sample(T, [1]))
  expect(await use(history, T, T + 10_000)).toEqual([1])
  expect(openHistory(join(folder, 'not-there')).notice).toMatch(/is not kept/)
})
