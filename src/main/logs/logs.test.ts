import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test, vi } from 'vitest'
import type { LogInfo } from '../../shared/log.ts'
import { LINE_MAX_BYTES } from './line-ends.ts'
import { allLines, LOG, never, newFolder, openStore, put } from './store-under-test.ts'

test('lines of two streams come in the order of their writes, each with its number, time and stream', async () => {
  const { store, logs } = openStore(await newFolder())
  await store.write(LOG, 'r0.out', 0, Buffer.from('a\nb\nhal'), 1000)
  await store.write(LOG, 'r0.err', 0, Buffer.from('oh\r\n'), 2000)
  await store.write(LOG, 'r0.out', 7, Buffer.from('f\n\nrest'), 3000)
  expect(await logs.lines({ log: LOG, streams: null }, 0, 100, never)).toEqual([
    { n: 0, at: 1000, stream: 'r0.out', text: 'a', continues: false },
    { n: 1, at: 1000, stream: 'r0.out', text: 'b', continues: false },
    { n: 2, at: 2000, stream: 'r0.err', text: 'oh', continues: false },
    { n: 3, at: 3000, stream: 'r0.out', text: 'half', continues: false },
    { n: 4, at: 3000, stream: 'r0.out', text: '', continues: false },
  ])
  expect(await logs.info({ log: LOG, streams: null })).toMatchObject({
    lines: 5,
    firstLine: 0,
    bytes: 4 + 10,
    firstAt: 1000,
    lastAt: 3000,
    live: true,
    unfinished: [{ stream: 'r0.out', text: 'rest' }],
    gaps: [],
  })
  expect(await store.position(LOG, 'r0.out')).toBe(14)
})

test('a view that is read while its oldest lines are dropped goes on behind them', async () => {
  const { store, logs } = openStore(await newFolder(), { maxBytes: 200_000 })
  const write = async (from: number, to: number) => {
    for (let n = from; n < to; n++) await put(store, `r${n % 2}.out`, null, `${n} ${'x'.repeat(100)}\n`, 1000 + n * 150)
  }
  await write(0, 1000)
  const { log, release } = await store.acquire(LOG)
  const numbers: number[] = []
  const { bytes } = await logs.download(
    { log: LOG, streams: ['r0.out', 'r1.out'] },
    { name: 'x', times: false, names: false, ansi: true },
    never,
  )
  let text = ''
  for await (const part of bytes) {
    if (text === '') await write(1000, 3000)
    text += Buffer.from(part).toString()
  }
  for (const line of text.trim().split('\n')) numbers.push(Number.parseInt(line, 10))
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
  expect(numbers[0]).toBe(0)
  expect(numbers.at(-1)).toBe(2999)
  expect(log.folder.segments[0]!.number).toBeGreaterThan(0)
  release()
})

test('bytes that are missing are said, and lines do not run together over them', async () => {
  const { store, logs } = openStore(await newFolder())
  await put(store, 'r0.out', 0, 'one\ntw')
  await put(store, 'r0.out', 1000, 'three\n')
  await put(store, 'r0.out', 990, 'overlap ahead three\nfour\n')
  await store.tellGap(LOG, 'The node was gone.')
  await store.tellGap(LOG, 'The node was gone.')
  const lines = await allLines(logs)
  expect(lines.map(({ text, continues }) => [text, continues])).toEqual([
    ['one', false],
    ['tw', false],
    ['three', false],
    ['ree', false],
    ['four', false],
  ])
  expect((await logs.info({ log: LOG, streams: null })).gaps).toEqual([
    'r0.out: 994 bytes from byte 6 on are missing.',
    'The node was gone.',
  ])
  expect(await store.position(LOG, 'r0.out')).toBe(1015)
})

test('hostile bytes are lines like others, and come out of a download as they went in', async () => {
  const { store, logs } = openStore(await newFolder())
  const binary = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 131 + (i >> 8) * 7) & 0xff))
  const hostile = Buffer.concat([
    Buffer.from('nul \u0000 here\r\nlone \r return\n\r\n\n'),
    Buffer.from([0xff, 0xfe, 0x80, 0x0a, 0xc3, 0x0a]),
    binary,
    Buffer.from('\nno end'),
  ])
  for (let at = 0; at < hostile.length; at += 7777) await put(store, 'r0.out', at, hostile.subarray(at, at + 7777))
  const lines = await allLines(logs)
  expect(lines.slice(0, 6).map(({ text }) => text)).toEqual([
    'nul \u0000 here',
    'lone \r return',
    '',
    '',
    '\ufffd\ufffd\ufffd',
    '\ufffd',
  ])
  expect(Math.max(...lines.map(({ text }) => text.length))).toBeLessThanOrEqual(LINE_MAX_BYTES)
  const file = async () => {
    const parts: Uint8Array[] = []
    const { bytes } = await logs.download(
      { log: LOG, streams: ['r0.out'] },
      { name: 'x', times: false, names: false, ansi: true },
      never,
    )
    for await (const part of bytes) parts.push(part)
    return Buffer.concat(parts)
  }
  expect((await file()).equals(hostile)).toBe(true)
  await store.end(LOG)
  expect((await file()).equals(hostile)).toBe(true)
})

test('a line of 100 MB comes in pieces and takes no memory', async () => {
  const { store, logs } = openStore(await newFolder())
  const chunk = Buffer.alloc(1024 * 1024, 'x')
  const before = held_MiB()
  for (let i = 0; i < 100; i++) await put(store, 'r0.out', i * chunk.length, chunk)
  expect(held_MiB() - before).toBeLessThan(5)
  await put(store, 'r0.out', 100 * chunk.length, '\nnext\n')
  const pieces = (100 * chunk.length) / LINE_MAX_BYTES
  expect(await logs.info({ log: LOG, streams: null })).toMatchObject({ lines: pieces + 1, bytes: 100 * chunk.length + 6 })
  const [piece, last] = await logs.lines({ log: LOG, streams: null }, pieces - 1, 5, never)
  expect([piece?.text.length, piece?.continues, last?.text, last?.continues]).toEqual([LINE_MAX_BYTES, true, 'next', false])
})

test('whoever follows hears of what comes, at most ten times a second, and of the end', async () => {
  const { store, logs } = openStore(await newFolder())
  const infos: LogInfo[] = []
  const times: number[] = []
  const following = (async () => {
    for await (const info of logs.follow({ log: LOG, streams: ['r0.out'] }, never)) {
      infos.push(info)
      times.push(performance.now())
    }
  })()
  await vi.waitFor(() => expect(infos[0]).toMatchObject({ lines: 0, live: true, unfinished: [] }))
  for (let n = 0; n < 300; n++) await put(store, n % 2 === 0 ? 'r0.out' : 'r0.err', null, `${n}\n`)
  await put(store, 'r0.out', null, 'a bar 10%\ra bar 20%')
  await vi.waitFor(() =>
    expect(infos.at(-1)).toMatchObject({ lines: 150, unfinished: [{ stream: 'r0.out', text: 'a bar 10%\ra bar 20%' }] }),
  )
  await store.end(LOG)
  await following
  expect(infos.at(-1)).toMatchObject({ lines: 151, live: false, unfinished: [] })
  // Timers begin at the time that Node's loop knows, which a busy machine makes late: the pace is right on the whole.
  expect(infos.length).toBeLessThanOrEqual((times.at(-1)! - times[0]!) / 75 + 2)
})

test('a progress bar before the first line is told at most ten times a second too', async () => {
  const { store, logs } = openStore(await newFolder())
  const abort = new AbortController()
  let [infos, from] = [0, 0]
  const following = (async () => {
    for await (const info of logs.follow({ log: LOG, streams: null }, abort.signal)) {
      infos += 1
      if (info.unfinished[0]?.text.endsWith('300')) abort.abort()
    }
  })()
  from = performance.now()
  for (let n = 1; n <= 300; n++) await put(store, 'r0.err', null, `\r${n}`)
  await following
  expect(infos).toBeLessThanOrEqual((performance.now() - from) / 75 + 3)
})

test('a log that has ended goes on when something more is written, and is followed again', async () => {
  const folder = await newFolder()
  const { store, logs } = openStore(folder)
  await put(store, 'step', null, 'first try\n')
  await store.end(LOG)
  expect((await logs.info({ log: LOG, streams: null })).live).toBe(false)
  await put(store, 'step', null, 'again\n')
  expect(await logs.info({ log: LOG, streams: null })).toMatchObject({ live: true, lines: 2 })
  await store.close()
  const again = openStore(folder)
  expect((await again.logs.info({ log: LOG, streams: null })).live).toBe(true)
  await again.store.end(LOG)
  await again.store.end(LOG)
  expect((await again.logs.info({ log: LOG, streams: null })).live).toBe(false)
})

test('a follower ends with its signal', async () => {
  const { logs } = openStore(await newFolder())
  const abort = new AbortController()
  const infos = logs.follow({ log: LOG, streams: null }, abort.signal)
  await infos.next()
  const next = infos.next()
  abort.abort()
  expect((await next).done).toBe(true)
})

/** What is in memory and needed. */
function held_MiB(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return (heapUsed + arrayBuffers) / 2 ** 20
}
