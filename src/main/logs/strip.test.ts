import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createLogs } from './logs.ts'
import { createLogStore } from './store.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function openLogs(maxBytes?: number) {
  const folder = await mkdtemp(join(tmpdir(), 'styx-strip-'))
  const store = createLogStore({ folder, maxBytes })
  open.push(store, { close: () => rm(folder, { recursive: true, force: true }) })
  const ends: Record<string, number> = {}
  const write = async (stream: string, text: string, at: number) => {
    await store.write('job:one', stream, ends[stream] ?? 0, Buffer.from(text), at)
    ends[stream] = (ends[stream] ?? 0) + text.length
  }
  return { logs: createLogs(store), write }
}
const ALL = { log: 'job:one', streams: null }

test('equal parts, each with its time and its share of stderr', async () => {
  const { logs, write } = await openLogs()
  await write('r0.out', 'a\nb\n', 1000)
  await write('r0.err', 'c\nd\n', 2000)
  await write('r0.out', 'e\n', 3000)
  await write('r0.err', 'f\n', 4000)
  expect(await logs.strip(ALL, 3)).toEqual([
    { n: 0, at: 1000, err: 0 },
    { n: 2, at: 2000, err: 1 },
    { n: 4, at: 3000, err: 0.5 },
  ])
  expect(await logs.strip({ ...ALL, streams: ['r0.err'] }, 100)).toEqual([
    { n: 0, at: 2000, err: 1 },
    { n: 1, at: 2000, err: 1 },
    { n: 2, at: 4000, err: 1 },
  ])
  expect(await logs.strip({ ...ALL, streams: [] }, 100)).toEqual([])
  await logs.close()
})

test('of a log that is too long to look at every run, and has lost its beginning', async () => {
  const { logs, write } = await openLogs(6_000_000)
  // Ranks that take turns: a run for each line.
  for (let i = 0; i < 100 * 1024; i++) await write(i % 2 === 1 ? 'r0.err' : 'r0.out', `${'x'.repeat(40)}\n`, i)
  const { lines, firstLine } = await logs.info(ALL)
  expect(firstLine).toBeGreaterThan(0)
  const strip = await logs.strip(ALL, 50)
  expect(strip).toHaveLength(50)
  expect(strip[0]!.n).toBe(firstLine)
  expect(strip.at(-1)!.n).toBeLessThan(lines)
  for (const [i, row] of strip.entries()) {
    expect(row.err).toBeCloseTo(0.5, 1)
    if (i > 0) expect(row.n - strip[i - 1]!.n).toBeGreaterThan(0)
    if (i > 0) expect(row.at).toBeGreaterThanOrEqual(strip[i - 1]!.at)
  }
  await logs.close()
})
