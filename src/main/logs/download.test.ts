import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { LogView } from '../../shared/log.ts'
import { logDownloadPath } from '../../shared/log-download.ts'
import { LINE_MAX_BYTES } from './line-ends.ts'
import { createLogs } from './logs.ts'
import { openLogDownload } from './open-download.ts'
import { createLogStore } from './store.ts'

const never = new AbortController().signal
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})
async function openLogs() {
  const folder = await mkdtemp(join(tmpdir(), 'styx-download-'))
  closing.push(() => rm(folder, { recursive: true, force: true }))
  const store = createLogStore({ folder })
  const open = openLogDownload(createLogs(store))
  closing.push(store.close)
  const how = { name: 'a name', times: false, names: false, ansi: true }
  /** As a host asks for it: by its address. */
  const file = async (view: LogView, change: Partial<typeof how> = {}) => {
    const url = new URL(logDownloadPath(view, { ...how, ...change }), 'http://host')
    const download = await open(url.pathname.slice('/download/'.length), url.searchParams, never)
    const parts: Uint8Array[] = []
    for await (const part of download!.bytes) parts.push(part)
    return { name: download!.name, text: Buffer.concat(parts).toString() }
  }
  return { store, open, file }
}

test('streams together line by line, or one as it was written; with time and stream in front; without colours', async () => {
  const { store, file } = await openLogs()
  const all = { log: 'job:one', streams: null }
  await store.write('job:one', 'r0.out', 0, Buffer.from('one\r\ntwo \u001b[31mred\u001b[0m\nthr'), 1000)
  await store.write('job:one', 'r0.err', 0, Buffer.from('oh\nno end'), 2000)
  await store.write('job:one', 'r0.out', 30, Buffer.from('later\n'), 61_000)
  expect(await file(all)).toEqual({
    name: 'a name.log',
    text: 'one\r\ntwo \u001b[31mred\u001b[0m\noh\nthr\nlater\nno end',
  })
  expect((await file({ ...all, streams: ['r0.err'] })).text).toBe('oh\nno end')
  expect((await file(all, { ansi: false })).text).toBe('one\r\ntwo red\noh\nthr\nlater\nno end')
  expect((await file(all, { ansi: false, times: true, names: true })).text).toBe(
    [
      '1970-01-01T00:00:01.000Z r0.out one',
      '1970-01-01T00:00:01.000Z r0.out two red',
      '1970-01-01T00:00:02.000Z r0.err oh',
      '1970-01-01T00:00:01.000Z r0.out thr',
      '1970-01-01T00:01:01.000Z r0.out later',
      '1970-01-01T00:00:02.000Z r0.err no end',
    ].join('\n'),
  )
})

test('a line in pieces is one line again, and another stream in its middle does not run into it', async () => {
  const { store, file } = await openLogs()
  const long = 'x'.repeat(2 * LINE_MAX_BYTES + 5)
  await store.write('job:one', 'r0.out', 0, Buffer.from(long), 1000)
  await store.write('job:one', 'r0.err', 0, Buffer.from('between\n'), 2000)
  await store.write('job:one', 'r0.out', long.length, Buffer.from('yz\n'), 3000)
  const out = { log: 'job:one', streams: ['r0.out'] }
  expect((await file(out)).text).toBe(`${long}yz\n`)
  expect((await file(out, { names: true })).text).toBe(`r0.out ${long}yz\n`)
  const begin = 'x'.repeat(2 * LINE_MAX_BYTES)
  expect((await file({ log: 'job:one', streams: null })).text).toBe(`${begin}\nbetween\nxxxxxyz\n`)
  expect((await file({ log: 'job:one', streams: null }, { names: true })).text).toBe(
    `r0.out ${begin}\nr0.err between\nr0.out xxxxxyz\n`,
  )
})

test('what has nothing is an empty file, and what is no log is none', async () => {
  const { open, file } = await openLogs()
  expect((await file({ log: 'job:nothing', streams: null })).text).toBe('')
  for (const path of ['', 'log', 'log/job', 'log/job/../x', 'log/job/a/b', 'logs/job/a'])
    expect(await open(path, new URLSearchParams(), never)).toBe(null)
  await expect(open('log/file/a', new URLSearchParams(), never)).rejects.toMatchObject({ data: { code: 'log.unknown' } })
})
