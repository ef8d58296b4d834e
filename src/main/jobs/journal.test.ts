import { Readable } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { entryState, type JournalEntry, type JournalNews, parseEntry, readJournal } from './journal.ts'

const written = (e: JournalEntry) =>
  `${e.at} ${e.jobId} ${e.state} ${e.rank} ${e.exitCode ?? '-'} ${e.out ?? '-'} ${e.err ?? '-'} ${e.why ?? '-'} .`

const entry: fc.Arbitrary<JournalEntry> = fc.record({
  at: fc.integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 }),
  jobId: fc.stringMatching(/^[\w-]{1,40}$/),
  state: fc.constantFrom(...entryState.options),
  rank: fc.nat(999),
  exitCode: fc.option(fc.nat(255)),
  out: fc.option(fc.nat(2 ** 40)),
  err: fc.option(fc.nat(2 ** 40)),
  why: fc.option(fc.constantFrom('folder-gone', 'restarted', 'killed', 'ended')),
})

async function read(chunks: Buffer[]): Promise<JournalNews[]> {
  const news: JournalNews[] = []
  for await (const one of readJournal(Readable.from(chunks))) news.push(one)
  return news
}

/** `text` in pieces that end where they like. */
function pieces(text: string, cuts: number[]): Buffer[] {
  const bytes = Buffer.from(text)
  const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...at].map((from, i) => bytes.subarray(from, at[i] ?? bytes.length)).filter((piece) => piece.length > 0)
}

test('a line as the wrapper writes it', () => {
  expect(parseEntry('1795574792721 j1 FAILED 0 3 69 4 - .')).toEqual({
    at: 1795574792721,
    jobId: 'j1',
    state: 'FAILED',
    rank: 0,
    exitCode: 3,
    out: 69,
    err: 4,
    why: null,
  })
})

test.each([
  '',
  '1795574792721 j1 FAILED 0 3 69 4 -', // cut by a full disk
  '1795574792721 j1 FAILED 0 3 69 4 - .x',
  '1795574792721 j1 FAI1795574792721 j2 RUNNING 0 - - - - .',
  '1795574792721 j1 EXPLODED 0 - - - - .',
  '1795574792721 ../j1 FAILED 0 3 69 4 - .',
  '1795574792721 j1 FAILED -1 3 69 4 - .',
  '1795574792721 j1 FAILED 0 3 69 4 because .',
  'x'.repeat(10_000),
])('%j is no line of a journal', (line) => expect(parseEntry(line)).toBeNull())

test('whatever the pieces it comes in: every line once, and the offset behind the last whole one', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(entry, { maxLength: 12 }),
      fc.array(fc.nat(2000), { maxLength: 20 }),
      fc.nat(10_000),
      async (entries, cuts, from) => {
        const body = entries.map((one) => `\n${written(one)}\n`).join('')
        const unfinished = '\n1795574792721 j1 FAIL'
        const head = `from ${from} ${from + body.length} 1795574792721\nlost j9\nfollows\n`
        const news = await read(pieces(`${head}${body}${unfinished}`, cuts))
        expect(news.slice(0, 2)).toEqual([
          { is: 'begins', from, size: from + body.length, now: 1795574792721 },
          { is: 'lost', jobId: 'j9' },
        ])
        const heard = news.flatMap((one) => (one.is === 'entries' ? one.entries : []))
        expect(heard).toEqual(entries)
        const last = news.at(-1)
        expect(last).toMatchObject({ is: 'entries', end: from + body.length + 1 })
        // Read on from any end that was told, the rest comes: nothing is missed, nothing comes twice.
        for (const one of news) {
          if (one.is !== 'entries') continue
          const rest = await read([Buffer.from(`from ${one.end} 0 1795574792721\nfollows\n${body.slice(one.end - from)}`)])
          const before = news.slice(0, news.indexOf(one) + 1).flatMap((n) => (n.is === 'entries' ? n.entries : []))
          expect([...before, ...rest.flatMap((n) => (n.is === 'entries' ? n.entries : []))]).toEqual(entries)
        }
      },
    ),
    { numRuns: 100 },
  )
})

test('what a hostile node prints is passed over', async () => {
  const news = await read([
    Buffer.from('motd: welcome\nfrom 0 0 1795574792721\nfollows\n'),
    Buffer.alloc(100_000, 0x41),
    Buffer.from('\n\n1795574792721 j1 PENDING 0 - - - - .\n'),
  ])
  expect(news.flatMap((one) => (one.is === 'entries' ? one.entries.map(({ state }) => state) : []))).toEqual(['PENDING'])
})
