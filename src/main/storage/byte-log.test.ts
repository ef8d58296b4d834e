import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import type { StyxError } from '../../shared/error.ts'
import type { ByteReader } from '../byte-stream.ts'
import { type ByteLogOptions, openByteLog } from './byte-log.ts'
import { createByteRing } from './byte-ring.ts'

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})
async function openLog(options: Partial<ByteLogOptions> = {}) {
  const folder = options.folder ?? join(await mkdtemp(join(tmpdir(), 'styx-log-')), 'log')
  folders.push(folder)
  return { folder, log: await openByteLog({ maxBytes: 1 << 20, ...options, folder }) }
}
const never = new AbortController().signal

/** All that a reader gives until the stream ends, with where each chunk began. */
async function readAll(reader: ByteReader, max = 1 << 16) {
  const parts: Uint8Array[] = []
  const offsets: number[] = []
  for (;;) {
    const chunk = await reader.next(max, never)
    if (chunk === null) return { text: Buffer.concat(parts).toString('latin1'), offsets }
    parts.push(chunk.bytes)
    offsets.push(chunk.offset)
  }
}

/** `length` bytes of which each says where it is. */
const counted = (from: number, length: number) => Buffer.from(Array.from({ length }, (_, i) => 33 + ((from + i) % 90)))

test('what was appended is read, live and from the disk after a reopen, with the same offsets', async () => {
  const { folder, log } = await openLog({ tailBytes: 16 })
  const live = readAll(log.reader(0))
  for (let at = 0; at < 1000; at += 10) log.append(counted(at, 10))
  await log.close()
  expect((await live).text).toBe(counted(0, 1000).toString())

  const again = (await openLog({ folder })).log
  expect([again.start(), again.end()]).toEqual([0, 1000])
  again.append(Buffer.from('more'))
  await again.close()
  expect((await readAll(again.reader(995))).text).toBe(`${counted(995, 5)}more`)
})

test('the oldest segments are dropped, and a reader is told by a later offset', async () => {
  const { folder, log } = await openLog({ maxBytes: 4000, tailBytes: 100 })
  for (let at = 0; at < 20_000; at += 100) {
    log.append(counted(at, 100))
    await log.flush()
  }
  await log.close()
  const { text, offsets } = await readAll(log.reader(0))
  const first = offsets[0] as number
  expect(first).toBeGreaterThanOrEqual(16_000)
  expect(text).toBe(counted(first, 20_000 - first).toString())
  expect((await readdir(folder)).length).toBeLessThanOrEqual(4)
})

test('a reader that fell out of the memory reads the files and is then live again', async () => {
  const { log } = await openLog({ tailBytes: 64 })
  const reader = log.reader(0)
  log.append(counted(0, 5000))
  await log.flush()
  let got = 0
  while (got < 5000) got += (await reader.next(300, never))?.bytes.length as number
  const next = reader.next(300, never)
  log.append(Buffer.from('!'))
  expect(Buffer.from((await next)?.bytes as Uint8Array).toString()).toBe('!')
  await log.close()
})

test('a waiting reader is freed by its signal', async () => {
  const { log } = await openLog()
  const abort = new AbortController()
  const next = log.reader(0).next(10, abort.signal)
  abort.abort(new Error('gone'))
  await expect(next).rejects.toThrow('gone')
  await log.close()
})

test('small chunks are gathered for live readers, the first comes at once', async () => {
  const { log } = await openLog()
  const reader = log.reader(0)
  const sizes: number[] = []
  const reading = (async () => {
    for (let chunk = await reader.next(1e6, never); chunk; chunk = await reader.next(1e6, never)) sizes.push(chunk.bytes.length)
  })()
  for (let i = 0; i < 50; i++) {
    log.append(Buffer.from('x'))
    await new Promise(setImmediate)
  }
  await log.close()
  await reading
  expect(sizes[0]).toBe(1)
  expect(sizes.length).toBeLessThan(25)
})

// /dev/full refuses every write with the real ENOSPC of the kernel.
test.skipIf(!existsSync('/dev/full'))('a full disk is reported once; the tail goes on, and later the disk again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'styx-log-'))
  await symlink('/dev/full', join(folder, '0.log'))
  const problems: StyxError[] = []
  const { log } = await openLog({ folder, tailBytes: 4096, onProblem: (error) => problems.push(error) })
  const reader = log.reader(0)
  for (let at = 0; at < 1000; at += 100) {
    log.append(counted(at, 100))
    await log.flush()
  }
  expect(problems.map((error) => error.data.code)).toEqual(['disk.full'])
  expect(Buffer.from((await reader.next(1e6, never))?.bytes as Uint8Array).toString()).toBe(counted(0, 1000).toString())

  await rm(join(folder, '0.log'))
  await log.close()
  const again = (await openLog({ folder })).log
  await again.close()
  expect((await readAll(again.reader(0))).text).toBe(counted(0, 1000).toString())
})

test('files that are not segments are left alone, overlapping ones are cut', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'styx-log-'))
  await writeFile(join(folder, '0.log'), 'abcdef')
  await writeFile(join(folder, '4.log'), 'EF')
  await writeFile(join(folder, 'notes.txt'), 'mine')
  const { log } = await openLog({ folder })
  await log.close()
  expect((await readAll(log.reader(0))).text).toBe('abcdEF')
})

test('the ring holds exactly the newest bytes, however they come', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(9000), { maxLength: 20 }),
      fc.integer({ min: 1, max: 16_000 }),
      fc.nat(1000),
      (sizes, cap, offset) => {
        const ring = createByteRing(offset, cap)
        let all = 0
        for (const size of sizes) {
          ring.push(counted(all, size), offset + all) // keep only what is pushed now
          all += size
          expect(ring.end()).toBe(offset + all)
          expect(ring.end() - ring.start()).toBeLessThanOrEqual(cap)
          if (size > 0 && size <= cap) expect(ring.start()).toBeLessThanOrEqual(offset + all - size)
          const held = ring.end() - ring.start()
          if (held > 0) expect(ring.copy(ring.start(), ring.end()).equals(counted(all - held, held))).toBe(true)
        }
      },
    ),
  )
})
