import { existsSync } from 'node:fs'
import { cp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import type { StyxError } from '../../shared/error.ts'
import { LINE_MAX_BYTES } from './line-ends.ts'
import { RECORD_BYTES } from './record.ts'
import { allLines, LOG, never, newFolder, openStore, put } from './store-under-test.ts'

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
  let whole = true
  for (const { name, from, to } of parts) {
    const kept = Math.min(left, to - from)
    left -= kept
    if (name !== '0.index') await truncate(join(folder, path, name), from + kept)
    // A record is written as one: the kernel does not stop within a page. The last one may have been written over.
    else if (whole) await truncate(join(folder, path, name), Math.floor((from + kept) / RECORD_BYTES) * RECORD_BYTES)
    else if (from > 0) await cp(join(before, path, name), join(folder, path, name))
    else await truncate(join(folder, path, name), 0)
    whole &&= kept === to - from
  }
  return folder
}

test('lines keep their numbers when the oldest are dropped, in every view, and the log says so', async () => {
  const folder = await newFolder()
  const options = { maxBytes: 200_000 }
  let { store, logs } = openStore(folder, options)
  const expected: { stream: string; text: string }[] = []
  for (let n = 0; n < 6000; n++) {
    const stream = n % 3 === 0 ? 'r0.err' : 'r0.out'
    const text = `${n} ${'x'.repeat(n % 90)}`
    expected.push({ stream, text })
    await put(store, stream, null, `${text}\n`, 1_000_000 + n * 150)
  }
  const check = async () => {
    const info = await logs.info({ log: LOG, streams: null })
    expect(info.lines).toBe(6000)
    expect(info.firstLine).toBeGreaterThan(3000)
    expect(info.firstAt).toBe(1_000_000 + info.firstLine * 150)
    expect(info.gaps).toEqual([expect.stringContaining(`first ${info.firstLine.toLocaleString('en')} lines were dropped`)])
    const kept = expected.map((line, n) => ({ ...line, n })).slice(info.firstLine)
    expect((await allLines(logs)).map(({ n, stream, text }) => ({ n, stream, text }))).toEqual(
      kept.map(({ n, stream, text }) => ({ n, stream, text })),
    )
    const err = await logs.info({ log: LOG, streams: ['r0.err'] })
    expect([err.lines, err.firstLine]).toEqual([2000, Math.ceil(info.firstLine / 3)])
    for (const n of [err.firstLine, 1500, 1999])
      expect(await logs.lines({ log: LOG, streams: ['r0.err'] }, n, 1, never)).toMatchObject([{ n, text: expected[n * 3]!.text }])
    for (const n of [info.firstLine, 4500, 5999]) {
      expect(await logs.lineAt({ log: LOG, streams: null }, 1_000_000 + n * 150)).toBe(n)
      expect(await logs.lineAt({ log: LOG, streams: ['r0.err'] }, 1_000_000 + n * 150)).toBe(
        n + 2 < 6000 ? Math.ceil(n / 3) : null,
      )
    }
    // The same line under another view's number, or the next one that it shows.
    for (const n of [info.firstLine, 4500, 4501, 4502, 5997, 5999]) {
      const err = Math.min(Math.ceil(n / 3), 2000)
      expect(await logs.lineIn({ log: LOG, streams: null }, n, ['r0.err'])).toBe(err)
      expect(await logs.lineIn({ log: LOG, streams: null }, n, ['r0.out'])).toBe(n - err)
      expect(await logs.lineIn({ log: LOG, streams: ['r0.out'] }, n - err, null)).toBe(n % 3 === 0 ? n + 1 : n)
    }
    expect(await logs.lineIn({ log: LOG, streams: ['r0.err'] }, 1500, null)).toBe(4500)
    expect(await logs.lineIn({ log: LOG, streams: ['r0.err'] }, 2000, null)).toBe(6000)
    expect(await logs.lineIn({ log: LOG, streams: null }, 0, ['r0.err'])).toBe(err.firstLine)
    expect(await logs.lineAt({ log: LOG, streams: null }, 0)).toBe(info.firstLine)
    expect(await logs.lineAt({ log: LOG, streams: null }, 2_000_000)).toBe(null)
  }
  await check()
  const sizes = await Promise.all(
    (await readdir(join(folder, 'job', 'one'))).map(async (name) => (await stat(join(folder, 'job', 'one', name))).size),
  )
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(300_000)
  await store.close()
  ;({ store, logs } = openStore(folder, options))
  await check()
})

test('a removed log is gone from the disk, its followers end, and a new one may begin under its name', async () => {
  const folder = await newFolder()
  const { store, logs } = openStore(folder)
  await put(store, 'r0.out', null, 'old\n')
  const follower = logs.follow({ log: LOG, streams: null }, never)
  await follower.next()
  const ended = follower.next()
  await store.remove(LOG)
  expect((await ended).done).toBe(true)
  expect(existsSync(join(folder, 'job', 'one'))).toBe(false)
  expect(await logs.info({ log: LOG, streams: null })).toMatchObject({ lines: 0, streams: [] })
  await put(store, 'r0.out', 0, 'new\n')
  expect((await allLines(logs)).map(({ text }) => text)).toEqual(['new'])
})

test('names that are none are refused before they become a path', async () => {
  const { store, logs } = openStore(await newFolder())
  for (const log of ['', 'job:', 'job:../../x', 'file:x', 'job:a/b', `job:${'x'.repeat(101)}`]) {
    await expect(logs.info({ log, streams: null })).rejects.toMatchObject({ data: { code: 'log.unknown' } })
    await expect(store.remove(log)).rejects.toMatchObject({ data: { code: 'log.unknown' } })
  }
})

// /dev/full refuses every write with the real ENOSPC of the kernel.
test.skipIf(!existsSync('/dev/full'))('a full disk holds its writers back, is said once, and loses nothing', async () => {
  const folder = await newFolder()
  const problems: StyxError[] = []
  const { store, logs } = openStore(folder, { onProblem: (_log, error) => problems.push(error) })
  await put(store, 'r0.out', null, 'before\n')
  await store.end(LOG) // its files are closed, and opened again by the next write
  const data = join(folder, 'job', 'one', '0.log')
  const kept = await readFile(data)
  await rm(data)
  await symlink('/dev/full', data)
  let written = false
  const writing = put(store, 'r0.out', null, 'while full\n').then(() => {
    written = true
  })
  await vi.waitFor(async () =>
    expect((await logs.info({ log: LOG, streams: null })).gaps).toEqual([expect.stringContaining('The disk is full')]),
  )
  expect(written).toBe(false)
  const info = await logs.info({ log: LOG, streams: null })
  expect(info.lines).toBe(1)
  await rm(data)
  await writeFile(data, kept)
  await writing
  expect(problems.map(({ data: { code } }) => code)).toEqual(['disk.full'])
  expect((await allLines(logs)).map(({ text }) => text)).toEqual(['before', 'while full'])
  expect((await logs.info({ log: LOG, streams: null })).gaps).toEqual([])
})

test('many logs at once, few of them open: each is whole, with its unfinished line', async () => {
  const folder = await newFolder()
  const { store, logs } = openStore(folder, { maxOpen: 3 })
  const ids = Array.from({ length: 20 }, (_, i) => `job:j${i}`)
  for (let n = 0; n < 15; n++)
    await Promise.all(
      ids.map((log) =>
        store.write(log, 'r0.out', n * 7, Buffer.from(`${String(n).padStart(3, '0')}\nx\n`.padEnd(7, '.')), 1000 + n * 200),
      ),
    )
  for (const log of ids) {
    const lines = await logs.lines({ log, streams: null }, 0, 100, never)
    expect(lines.map(({ text }) => text)).toEqual(
      Array.from({ length: 15 }, (_, n) => [`${n === 0 ? '' : '.'}${String(n).padStart(3, '0')}`, 'x']).flat(),
    )
    expect((await logs.info({ log, streams: null })).unfinished).toEqual([{ stream: 'r0.out', text: '.' }])
  }
})

test('a damaged index costs the lines behind the damage, says so, and what is fetched again is kept', async () => {
  const folder = await newFolder()
  const first = openStore(folder).store
  for (let n = 0; n < 10; n++) await put(first, 'r0.out', n * 2, `${n}\n`, 1000 + n * 200)
  await first.close()
  const index = join(folder, 'job', 'one', '0.index')
  const bytes = await readFile(index)
  bytes.fill(0xff, 5 * RECORD_BYTES, 6 * RECORD_BYTES)
  await writeFile(index, bytes)
  for (let start = 0; start < 2; start++) {
    const { store, logs } = openStore(folder)
    expect((await logs.info({ log: LOG, streams: null })).gaps).toEqual([
      expect.stringMatching(/0\.log or its index is damaged from byte 10 on/),
    ])
    const from = await store.position(LOG, 'r0.out')
    expect(from).toBe(start === 0 ? 10 : 20)
    if (start === 0) await put(store, 'r0.out', from, '5\n6\n7\n8\n9\n')
    expect((await allLines(logs)).map(({ text }) => text)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
    expect((await readFile(join(folder, 'job', 'one', '0.log'))).length).toBe(20) // left as it was
    await store.close()
  }
  await rm(index)
  const { logs } = openStore(folder)
  const info = await logs.info({ log: LOG, streams: null })
  expect([info.lines, info.firstLine]).toEqual([10, 0])
  expect(info.gaps.at(-1)).toMatch(/damaged from byte 0 on/)
  expect((await logs.lines({ log: LOG, streams: null }, 0, 100, never)).map(({ n, text }) => [n, text])).toEqual([
    [5, '5'],
    [6, '6'],
    [7, '7'],
    [8, '8'],
    [9, '9'],
  ])
})

test('a log whose list of streams is lost begins anew beside what is there, and says so', async () => {
  const folder = await newFolder()
  const { store } = openStore(folder)
  await put(store, 'r0.out', 0, 'old\n')
  await store.close()
  await writeFile(join(folder, 'job', 'one', 'facts.jsonl'), 'nonsense\n{"is":"nothing known"}\n')
  const again = openStore(folder)
  expect(await again.store.position(LOG, 'r0.out')).toBe(0)
  await put(again.store, 'r0.out', 0, 'old\nnew\n')
  expect((await allLines(again.logs)).map(({ text }) => text)).toEqual(['old', 'new'])
  expect((await again.logs.info({ log: LOG, streams: null })).gaps).toEqual([expect.stringContaining('facts.jsonl is lost')])
  expect(await readFile(join(folder, 'job', 'one', '0.log'), 'utf8')).toBe('old\n')
})

test('a folder that cannot be read is an error in words', async () => {
  const folder = await newFolder()
  await writeFile(join(folder, 'job'), 'not a folder')
  await expect(openStore(folder).logs.info({ log: LOG, streams: null })).rejects.toMatchObject({
    data: { code: 'log.unreadable', where: join(folder, 'job', 'one'), why: expect.stringContaining('ENOTDIR') },
  })
})
