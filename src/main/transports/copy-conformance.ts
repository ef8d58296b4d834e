import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { get, put } from './copy.ts'
import type { Transport } from './transport.ts'

const MIB = 1024 * 1024

/** Files over every transport, whatever lies between here and the node. The node's files are this computer's. */
export function copyConformance(name: string, open: () => Promise<Transport>): void {
  describe(`${name}: copies of files`, { timeout: 60_000 }, () => {
    let transport: Transport
    let folder: string
    let here: string
    let there: string
    const { signal } = new AbortController()
    beforeAll(async () => {
      transport = await open()
    })
    afterAll(() => transport.close())
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'styx-copy-'))
      here = join(folder, 'here')
      there = join(folder, 'there')
      await mkdir(here)
      await mkdir(there)
    })
    afterEach(() => rm(folder, { recursive: true, force: true }))

    const ways = [
      ['put', put],
      ['get', get],
    ] as const
    const make = async (name: string, bytes: Buffer) => {
      await writeFile(join(here, name), bytes)
      return join(here, name)
    }
    const sha = async (path: string) =>
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex')

    test.each(ways)('%s: bytes, mode and time, under an odd name, over what was there', async (_, copy) => {
      const from = await make(`-n 'a"\n$(id)☃`, randomBytes(3 * MIB + 77))
      await chmod(from, 0o751)
      await utimes(from, 1_000_000_000, 1_000_000_000)
      const to = join(there, `-rf 'b"\n*`)
      await writeFile(to, 'what was there')
      const seen: number[] = []
      await copy(transport, from, to, { signal, progress: (done) => seen.push(done) })
      expect(await sha(to)).toBe(await sha(from))
      const { mode, mtimeMs } = await stat(to)
      expect([mode & 0o777, mtimeMs]).toEqual([0o751, 1_000_000_000_000])
      expect(await readdir(there)).toEqual([`-rf 'b"\n*`])
      expect([seen[0], seen.at(-1)]).toEqual([0, 3 * MIB + 77])
      expect(seen).toEqual([...seen].sort((a, b) => a - b))
    })

    test.each(ways)('%s: an empty file', async (_, copy) => {
      await copy(transport, await make('empty', Buffer.alloc(0)), join(there, 'empty'), { signal })
      expect((await stat(join(there, 'empty'))).size).toBe(0)
    })

    const cutOff = async (copy: typeof put, from: string, to: string, at: number) => {
      const stop = new AbortController()
      const progress = (done: number) => {
        if (done >= at) stop.abort(new Error('enough'))
      }
      await expect(copy(transport, from, to, { signal: stop.signal, progress })).rejects.toThrow('enough')
    }
    test.each(ways)('%s: cancelled in the middle it leaves a part, and goes on there', async (_, copy) => {
      const from = await make('big', randomBytes(40 * MIB + 5))
      const to = join(there, 'big')
      await cutOff(copy, from, to, 20 * MIB)
      const [part, ...others] = await readdir(there)
      expect([part, others]).toEqual([expect.stringMatching(/^\.big\.[0-9a-f]{12}\.styx-part$/), []])
      let first = -1
      await copy(transport, from, to, { signal, progress: (done) => (first = first < 0 ? done : first) })
      expect(first).toBeGreaterThanOrEqual(4 * MIB)
      expect(await sha(to)).toBe(await sha(from))
      expect(await readdir(there)).toEqual(['big'])
    })

    test.each(ways)('%s: a part that is not the beginning of the file is not gone on with', async (_, copy) => {
      const from = await make('big', randomBytes(30 * MIB))
      const to = join(there, 'big')
      await cutOff(copy, from, to, 20 * MIB)
      const part = join(there, (await readdir(there))[0] as string)
      const bytes = await readFile(part)
      bytes[1000] = (bytes[1000] as number) ^ 1
      await writeFile(part, bytes)
      let first = -1
      await copy(transport, from, to, { signal, progress: (done) => (first = first < 0 ? done : first) })
      expect(first).toBe(0)
      expect(await sha(to)).toBe(await sha(from))
    })

    test.each(ways)('%s: a file that changes meanwhile is not kept', async (_, copy) => {
      const from = await make('big', randomBytes(30 * MIB))
      let once = false
      const progress = (done: number) => {
        if (done < 10 * MIB || once) return
        once = true
        void writeFile(from, 'other')
      }
      const error = await copy(transport, from, join(there, 'big'), { signal, progress }).catch((e) => e)
      expect(error.data).toMatchObject({ code: 'files.changed', retryable: true })
      expect(await readdir(there)).toEqual([])
    })

    test('what cannot be is said: no file, no folder, a folder in the way', async () => {
      const from = await make('a', Buffer.from('a'))
      const code = (copy: Promise<void>) =>
        copy.then(
          () => null,
          ({ data }) => data.code,
        )
      expect(await code(put(transport, join(here, 'none'), join(there, 'a'), { signal }))).toBe('files.unreadable')
      expect(await code(put(transport, from, join(there, 'none', 'a'), { signal }))).toBe('files.refused')
      await mkdir(join(there, 'a'))
      expect(await code(put(transport, from, join(there, 'a'), { signal }))).toBe('files.in-the-way')
      expect(await code(get(transport, join(here, 'none'), join(there, 'b'), { signal }))).toBe('files.refused')
      expect(await code(get(transport, here, join(there, 'b'), { signal }))).toBe('files.refused')
      expect(await code(get(transport, from, join(there, 'none', 'b'), { signal }))).toBe('files.unwritable')
    })
  })
}
