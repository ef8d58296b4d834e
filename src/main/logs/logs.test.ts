import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createLogs } from './logs.ts'
import { createLogStore, type LogStoreOptions } from './store.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function newFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'styx-logs-'))
  open.push({ close: () => rm(folder, { recursive: true, force: true }) })
  return folder
}
async function openStore(options: Partial<LogStoreOptions> = {}) {
  const folder = options.folder ?? (await newFolder())
  const store = createLogStore({ ...options, folder })
  open.unshift(store)
  return { folder, store, logs: createLogs(store) }
}
const never = new AbortController().signal
const ALL = { log: 'job:one', streams: null }

test('lines of two streams come in the order of their writes, each with its number, time and stream', async () => {
  const { store, logs } = await openStore()
  await store.write('job:one', 'r0.out', 0, Buffer.from('a\nb\nhal'), 1000)
  await store.write('job:one', 'r0.err', 0, Buffer.from('oh\r\n'), 2000)
  await store.write('job:one', 'r0.out', 7, Buffer.from('f\n\nrest'), 3000)
  expect(await logs.lines(ALL, 0, 100, never)).toEqual([
    { n: 0, at: 1000, stream: 'r0.out', text: 'a', continues: false },
    { n: 1, at: 1000, stream: 'r0.out', text: 'b', continues: false },
    { n: 2, at: 2000, stream: 'r0.err', text: 'oh', continues: false },
    { n: 3, at: 3000, stream: 'r0.out', text: 'half', continues: false },
    { n: 4, at: 3000, stream: 'r0.out', text: '', continues: false },
  ])
  expect(await logs.info(ALL)).toMatchObject({
    lines: 5,
    firstLine: 0,
    bytes: 4 + 10,
    firstAt: 1000,
    lastAt: 3000,
    live: true,
    unfinished: [{ stream: 'r0.out', text: 'rest' }],
    gaps: [],
  })
  expect(await store.position('job:one', 'r0.out')).toBe(14)
})
