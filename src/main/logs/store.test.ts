import { existsSync } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import type { StyxError } from '../../shared/error.ts'
import type { LogLine } from '../../shared/log.ts'
import { LINE_MAX_BYTES } from './line-ends.ts'
import { createLogs, type Logs } from './logs.ts'
import { RECORD_BYTES } from './record.ts'
import { createLogStore, type Logbook, type LogStoreOptions } from './store.ts'

const LOG = 'job:one'
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})
async function newFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'styx-store-'))
  closing.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}
function openStore(folder: string, options: Partial<LogStoreOptions> = {}) {
  const store = createLogStore({ ...options, folder })
  closing.push(store.close)
  return { store, logs: createLogs(store) }
}
const never = new AbortController().signal

async function allLines(logs: Logs, streams: string[] | null = null): Promise<LogLine[]> {
  const lines: LogLine[] = []
  for (let from = 0; ; ) {
    const more = await logs.lines({ log: LOG, streams }, from, 2000, never)
    if (more.length === 0) return lines
    lines.push(...more)
    from = more.at(-1)!.n + 1
  }
}
const put = (store: Logbook, stream: string, offset: number | null, text: string | Buffer, at = 1000) =>
  store.write(LOG, stream, offset, Buffer.from(text), at)

/** What a stream says: lines of very different lengths, some with CRLF, some in other scripts, one that is far too long. */
function content(seed: number): Buffer {
  const lines = Array.from({ length: 60 }, (_, i) => {
    const word = ['ok', 'ünïcode', '漢字', '🚀', '\u001b[31mred\u001b[0m', '', 'a\rb'][(i + seed) % 7]
    return `${i} ${(word as string).repeat(1 + ((i * 7 + seed) % 30))}${i % 3 === 0 ? '\r\n' : '\n'}`
  })
  lines.splice(20 + (seed % 10), 0, `${'漢'.repeat(LINE_MAX_BYTES)}\n`)
  return Buffer.from(lines.join(''))
}

/** The lines of a stream, told in the plainest way. */
function plainLines(bytes: Buffer): string[] {
  const lines: string[] = []
  let line: number[] = []
  const end = (text: number[]) => lines.push(Buffer.from(text).toString())
  for (const byte of bytes) {
    if (byte === 10) {
      end(line.at(-1) === 13 ? line.slice(0, -1) : line)
      line = []
      continue
    }
    line.push(byte)
    if (line.length <= LINE_MAX_BYTES) continue
    let cut = LINE_MAX_BYTES
    while ((line[cut]! & 0xc0) === 0x80) cut -= 1
    end(line.slice(0, cut))
    line = line.slice(cut)
  }
  if (line.length > 0) end(line)
  return lines
}

test('whatever the chunks, restarts and crashes: each stream is there, each line once, in order, under its number in every view', async () => {
  const names = ['r0.out', 'r0.err', 'r1.out']
  const contents = names.map((_, i) => content(i))
  const step = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('write' as const),
        stream: fc.nat(2),
        size: fc.oneof(fc.nat(80), fc.nat(40_000)),
        again: fc.nat(20),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('crash' as const),
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        stream: fc.nat(2),
        size: fc.nat(40_000),
      }),
    },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      let folder = await newFolder()
      let { store, logs } = openStore(folder)
      let at = 1_000_000
      const write = async (i: number, size: number, again: number) => {
        at += size % 150
        const from = Math.max(0, (await store.position(LOG, names[i]!)) - again)
        await store.write(LOG, names[i]!, from, contents[i]!.subarray(from, from + size), at)
      }
      for (const one of steps) {
        if (one.do === 'write') await write(one.stream, one.size, one.again)
        else if (one.do === 'reopen') {
          await store.close()
          ;({ store, logs } = openStore(folder))
        } else {
          const before = await newFolder()
          await cp(folder, before, { recursive: true })
          await write(one.stream, one.size, 0)
          folder = await crashed(before, folder, one.at)
          await store.close()
          ;({ store, logs } = openStore(folder))
        }
      }
      for (const i of [0, 1, 2]) while ((await store.position(LOG, names[i]!)) < contents[i]!.length) await write(i, 50_000, 0)
      await store.end(LOG)

      const lines = await allLines(logs)
      expect(lines.map(({ n }) => n)).toEqual(lines.map((_, i) => i))
      expect(lines.map((line) => line.at)).toEqual(lines.map((line) => line.at).toSorted((a, b) => a - b))
      expect((await logs.info({ log: LOG, streams: null })).gaps).toEqual([])
      for (const [i, name] of names.entries()) {
        const own = lines.filter(({ stream }) => stream === name)
        const expected = plainLines(contents[i]!)
        expect(own.length).toBe(expected.length)
        const wrong = own.findIndex(({ text }, n) => text !== expected[n])
        if (wrong !== -1) expect(own[wrong]!.text.slice(0, 200)).toBe(expected[wrong]!.slice(0, 200))
        expect(own.filter(({ continues }) => continues).length).toBe(3) // the long line, in four pieces
        expect(await allLines(logs, [name])).toEqual(own.map((line, n) => ({ ...line, n })))
      }
      const pair = [names[0]!, names[2]!]
      const both = lines.filter(({ stream }) => pair.includes(stream)).map((line, n) => ({ ...line, n }))
      for (const from of [0, 1, Math.floor(both.length / 2), both.length - 1])
        expect(await logs.lines({ log: LOG, streams: pair }, from, 3, never)).toEqual(both.slice(from, from + 3))
    }),
    { numRuns: 60 },
  )
}, 60_000)

/** What a kill in the middle of a write leaves: facts, then the data, then the index, each as far as it came. */
async function crashed(before: string, after: string, how: number): Promise<string> {
  const folder = await newFolder()
  await cp(after, folder, { recursive: true })
  const path = join('job', 'one')
  const sizeIn = async (root: string, name: string) =>
    existsSync(join(root, path, name)) ? (await readFile(join(root, path, name))).length : 0
  const parts = await Promise.all(
    ['facts.jsonl', '0.log', '0.index'].map(async (name) => ({
      name,
      from: await sizeIn(before, name),
      to: await sizeIn(after, name),
    })),
  )
  let left = Math.floor(how * parts.reduce((sum, { from, to }) => sum + to - from, 0))
  for (const { name, from, to } of parts) {
    const kept = Math.min(left, to - from)
    left -= kept
    if (kept === to - from) continue
    // A record is written as one: the kernel does not stop within a page.
    const size = name === '0.index' ? Math.floor((from + kept) / RECORD_BYTES) * RECORD_BYTES : from + kept
    if (name === '0.index' && existsSync(join(before, path, name))) await cp(join(before, path, name), join(folder, path, name))
    else await truncate(join(folder, path, name), size)
  }
  return folder
}
