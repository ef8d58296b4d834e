import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Terminal } from '../../shared/terminal.ts'
import { createConnections } from '../transports/connections.ts'
import { createTerminals } from './terminals.ts'

const { signal } = new AbortController()
const MiB = 1024 * 1024

async function start() {
  const folder = await mkdtemp(join(tmpdir(), 'styx-flood-'))
  const rows = new Map<string, Terminal>()
  const connections = createConnections()
  const transport = connections.transport({ via: 'local' })
  const terminals = createTerminals({
    folder,
    records: { list: () => [...rows.values()], save: (row) => void rows.set(row.id, row), remove: (id) => void rows.delete(id) },
    transport: () => ({ ...transport, shell: async () => ['sh'] }),
  })
  const on = { placeId: 'p', clusterId: null, nodeId: null, title: 'here', endpoint: { via: 'local' as const } }
  const { id } = await terminals.open(on, { cols: 120, rows: 30 })
  const close = async () => {
    await terminals.closeAll()
    await connections.close()
    await rm(folder, { recursive: true, force: true })
  }
  return { folder: join(folder, id), terminals, id, rows, close }
}

/** The most memory that is used until the promise is there, over what is used now. */
async function growth_MiB(until: Promise<unknown>): Promise<number> {
  const before = process.memoryUsage.rss()
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss())
  }, 20)
  await until
  clearInterval(timer)
  return (most - before) / MiB
}

/** A fifth of what is printed: garbage that a loaded machine collects late is not growth, holding the output would be. */
const FLAT_MiB = 100

test('500 MB printed to a reader that takes them all: nothing is lost, memory and disk stay small', async () => {
  const { terminals, id, folder, close } = await start()
  const reader = await terminals.reader(id, null)
  let bytes = 0
  let last = ''
  const all = (async () => {
    reader.write?.(Buffer.from(`yes ${'x'.repeat(98)} | head -n 5000000; echo the-''end\n`))
    while (!last.includes('the-end')) {
      const chunk = await reader.next(1 << 16, signal)
      if (!chunk) break
      bytes += chunk.bytes.length
      last = Buffer.from(chunk.bytes.subarray(-64)).toString()
    }
  })()
  expect(await growth_MiB(all)).toBeLessThan(FLAT_MiB)
  expect(bytes).toBeGreaterThanOrEqual(500_000_000)
  const sizes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size))
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(9 * MiB)
  await close()
})

test('500 MB printed to nobody: they flow, the end is kept, memory stays small', async () => {
  const { terminals, id, rows, close } = await start()
  const reader = await terminals.reader(id, null)
  reader.write?.(Buffer.from(`yes ${'x'.repeat(98)} | head -n 5000000; echo the-''end; exit\n`))
  reader.close()
  const ended = (async () => {
    while (!rows.get(id)?.ended) await new Promise((resolve) => setTimeout(resolve, 20))
  })()
  expect(await growth_MiB(ended)).toBeLessThan(FLAT_MiB)
  const late = await terminals.reader(id, null)
  let text = ''
  for (let chunk = await late.next(1 << 16, signal); chunk; chunk = await late.next(1 << 16, signal)) {
    text += Buffer.from(chunk.bytes).toString()
  }
  expect(text).toMatch(/x\r\nthe-end\r\n/)
  await close()
})

test('40 kB in one line, and 40 MB in one', async () => {
  const { terminals, id, close } = await start()
  const reader = await terminals.reader(id, null)
  reader.write?.(Buffer.from(`head -c 40000 /dev/zero | tr '\\0' a; head -c 40000000 /dev/zero | tr '\\0' b; echo the-''end\n`))
  const counted = { a: 0, b: 0 }
  let last = ''
  while (!last.includes('the-end')) {
    const chunk = await reader.next(1 << 16, signal)
    if (!chunk) break
    for (const byte of chunk.bytes) {
      if (byte === 0x61) counted.a++
      if (byte === 0x62) counted.b++
    }
    last = Buffer.from(chunk.bytes.subarray(-64)).toString()
  }
  expect(counted.a).toBeGreaterThanOrEqual(40_000)
  expect(counted.b).toBeGreaterThanOrEqual(40_000_000)
  const late = await terminals.reader(id, null)
  expect(late.live - late.offset).toBeLessThan(1.5 * MiB)
  await close()
})
