import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import type { LogLine, LogQuery } from '../../shared/log.ts'
import { createLogs } from './logs.ts'
import { createLogStore, type Logbook } from './store.ts'
import { stripAnsi } from './strip-ansi.ts'

let runs = 0
const never = new AbortController().signal
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})
async function openLogs() {
  const folder = await mkdtemp(join(tmpdir(), 'styx-search-'))
  closing.push(() => rm(folder, { recursive: true, force: true }))
  const store = createLogStore({ folder })
  const logs = createLogs(store)
  closing.push(store.close, logs.close)
  const search = async (
    query: Partial<LogQuery> & { text: string },
    { log = 'job:one', streams = null as string[] | null, signal = never } = {},
  ) => {
    const found = { count: 0, hits: [] as number[], searched: 0 }
    for await (const more of logs.search({ log, streams }, { regex: false, caseSensitive: true, ...query }, signal)) {
      found.count = more.count
      found.searched = more.searched
      found.hits.push(...more.hits)
    }
    return found
  }
  return { store, logs, search }
}

const visible = (text: string) => {
  const bytes = Buffer.from(text)
  return bytes.subarray(0, stripAnsi(bytes, bytes)).toString()
}

test('what is found is what the lines say as they are seen, in every view', async () => {
  const word = fc.constantFrom(
    'err',
    'ERR',
    'Error',
    'é',
    'É',
    '漢',
    '\u001b[31m',
    '\u001b[0m',
    '31m',
    ' ',
    'x'.repeat(40),
    'a\rb',
    'y'.repeat(17_000),
  )
  const line = fc.array(word, { maxLength: 8 }).map((words) => words.join(''))
  const write = fc.record({
    stream: fc.constantFrom('r0.out', 'r0.err'),
    lines: fc.array(line, { minLength: 1, maxLength: 6 }),
    crlf: fc.boolean(),
  })
  const query = fc.record({
    text: fc.constantFrom(
      'err',
      'Err',
      'r',
      'é',
      '31m',
      'rr er',
      'xE',
      '漢',
      '.',
      '^err',
      'r$',
      'e.r',
      '\\s',
      'É|err',
      'yx',
      'yy',
    ),
    regex: fc.boolean(),
    caseSensitive: fc.boolean(),
  })
  const { store, logs, search } = await openLogs()
  await fc.assert(
    fc.asyncProperty(
      fc.array(write, { maxLength: 12 }),
      fc.array(query, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      async (writes, queries, end) => {
        const log = `job:run-${runs++}`
        let at = 1000
        for (const { stream, lines, crlf } of writes) {
          at += 60
          await store.write(log, stream, null, Buffer.from(lines.join(crlf ? '\r\n' : '\n') + (crlf ? '\r\n' : '')), at)
        }
        if (end) await store.end(log)
        for (const streams of [null, ['r0.err'], []]) {
          const lines: LogLine[] = await logs.lines({ log, streams }, 0, 2000, never)
          for (const one of queries) {
            const source = one.regex ? one.text : one.text.replace(/[.\\^$|]/g, '\\$&')
            const pattern = new RegExp(source, one.caseSensitive ? 'u' : 'iu')
            const expected = lines.filter(({ text }) => pattern.test(visible(text))).map(({ n }) => n)
            expect({ one, ...(await search(one, { log, streams })) }).toEqual({
              one,
              count: expected.length,
              hits: expected,
              searched: 1,
            })
          }
        }
      },
    ),
    { numRuns: 25 },
  )
}, 120_000)

/** A log of many lines, each with its number. */
async function longLog(store: Logbook, lines: number, text: (n: number) => string) {
  for (let from = 0; from < lines; from += 1000)
    await store.write(
      'job:one',
      'r0.out',
      null,
      Buffer.from(Array.from({ length: 1000 }, (_, i) => `${text(from + i)}\n`).join('')),
      1000 + from,
    )
}

test('counts and hits are told on the way, at most the first 100,000 numbers, and the rest is counted', async () => {
  const { store, search } = await openLogs()
  await longLog(store, 150_000, (n) => `line ${n}`)
  const found = await search({ text: 'line' })
  expect([found.count, found.hits.length, found.hits[99_999]]).toEqual([150_000, 100_000, 99_999])
  expect((await search({ text: 'line 149999' })).hits).toEqual([149_999])
  expect((await search({ text: '9{5}$', regex: true })).hits).toEqual([99_999])
})

test('an expression that explodes is ended and said with what to do, and the next search works', async () => {
  const { store, search } = await openLogs()
  await store.write('job:one', 'r0.out', null, Buffer.from(`${'a'.repeat(60)}!\nplain\n`), 1000)
  const error = await search({ text: '(a+)+$', regex: true }).catch((thrown) => thrown)
  expect(error.data).toMatchObject({
    code: 'log.search-too-slow',
    where: '(a+)+$',
    suggestion: expect.stringContaining('one repeat'),
  })
  expect((await search({ text: 'plain' })).hits).toEqual([1])
}, 30_000)

test('an invalid expression is refused at once, in words', async () => {
  const { search } = await openLogs()
  for (const [text, why] of [
    ['(', 'Unterminated group'],
    ['[a', 'Unterminated character class'],
    ['a**', 'Nothing to repeat'],
    ['(?i)a', 'Invalid group'],
  ] as const) {
    const error = await search({ text, regex: true }).catch((thrown) => thrown)
    expect(error.data).toMatchObject({
      code: 'log.pattern-invalid',
      where: text,
      why,
      suggestion: expect.stringContaining('Mend it'),
    })
  }
})

test('a search ends with its signal, in the middle of a line that takes for ever', async () => {
  const { store, search } = await openLogs()
  await store.write('job:one', 'r0.out', null, Buffer.from(`${'a'.repeat(60)}!\n`), 1000)
  const abort = new AbortController()
  const searching = search({ text: '(a+)+$', regex: true }, { signal: abort.signal })
  abort.abort()
  expect(await searching).toEqual({ count: 0, hits: [], searched: 0 })
})

test('a newline is in no line', async () => {
  const { store, search } = await openLogs()
  await store.write('job:one', 'r0.out', null, Buffer.from('a\nb\n'), 1000)
  expect((await search({ text: 'a\nb' })).count).toBe(0)
  expect((await search({ text: 'a\\nb', regex: true })).count).toBe(0)
})

test('an empty log, and one that is not there, have nothing', async () => {
  const { search } = await openLogs()
  expect(await search({ text: 'x' })).toEqual({ count: 0, hits: [], searched: 1 })
  expect(await search({ text: 'x' }, { streams: ['r9.out'] })).toEqual({ count: 0, hits: [], searched: 1 })
})

test('sequences of every kind are left out; one that is not ended ends with its line', () => {
  const cases: [string, string][] = [
    ['\u001b[1;31mred\u001b[0m', 'red'],
    ['\u001b]0;a title\u0007text', 'text'],
    ['\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['\u001b(Bx\u001b=y\u001bMz', 'xyz'],
    ['\u001bPq#0\u001b\\after', 'after'],
    ['a\u001b[31\nb', 'a\nb'],
    ['a\u001b]0;never\nb', 'a\nb'],
    ['a\u001b', 'a'],
    ['\u001b[?25l\u001b[2K\rdone', '\rdone'],
  ]
  for (const [raw, seen] of cases) expect(visible(raw)).toBe(seen)
})
