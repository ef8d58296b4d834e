import { execFileSync } from 'node:child_process'
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { noSshd, type Sshd, startSshd } from '../../../e2e/substrate/sshd.ts'
import { openLocalTransport } from '../transports/local/local-transport.ts'
import { plain, subject, to } from '../transports/ssh-subject.ts'
import type { Transport } from '../transports/transport.ts'
import { type FilesNode, listSource, type Synced, sync } from './sync.ts'

const { signal } = new AbortController()
const resources = resolve('resources')

function syncs(name: string, open: () => Promise<{ transport: Transport; home: string; isHere: boolean }>) {
  describe(name, { timeout: 60_000 }, () => {
    let at: Awaited<ReturnType<typeof open>>
    let source: string
    let node: FilesNode
    let folder: string
    beforeAll(async () => {
      at = await open()
    })
    afterAll(() => at.transport.close())
    beforeEach(async () => {
      source = await mkdtemp(join(tmpdir(), 'styx-sync-'))
      const nodeId = `n${Date.now()}${Math.round(Math.random() * 1e6)}`
      node = { installationId: 'sync-test', clusterId: 'c', nodeId, transport: at.transport, isHere: at.isHere }
      const own = join(at.home, '.styx-node', 'sync-test', 'c', nodeId)
      await mkdir(own, { recursive: true })
      await writeFile(join(own, '.styx-node'), '')
      folder = join(own, 'workdir')
    })
    afterEach(async () => {
      await rm(source, { recursive: true, force: true })
      await rm(join(at.home, '.styx-node', 'sync-test'), { recursive: true, force: true })
    })
    const write = async (path: string, text: string, mtime = 1_700_000_000) => {
      await mkdir(join(source, path, '..'), { recursive: true })
      await writeFile(join(source, path), text)
      await utimes(join(source, path), mtime, mtime)
    }
    const run = async (target = '.', from = source, stop = signal): Promise<Synced> =>
      sync(node, await listSource(from, stop), { source: from, target, resources, progress: () => {}, signal: stop })

    test('only what differs is sent; modes, times, links, empty folders; nothing is deleted there', async () => {
      await write('a', 'one')
      await write('deep/run.sh', 'two')
      await chmod(join(source, 'deep/run.sh'), 0o755)
      await mkdir(join(source, 'empty'))
      await symlink('../outside', join(source, 'link'))
      expect(await run()).toEqual({ all: 3, files: 2, bytes: 6 })
      expect((await stat(join(folder, 'deep/run.sh'))).mode & 0o777).toBe(0o755)
      expect((await stat(join(folder, 'a'))).mtimeMs).toBe(1_700_000_000_000)
      expect(await readlink(join(folder, 'link'))).toBe('../outside')
      expect((await stat(join(folder, 'empty'))).isDirectory()).toBe(true)
      expect(await run()).toEqual({ all: 3, files: 0, bytes: 0 })

      await writeFile(join(folder, 'checkpoint'), 'of a job')
      await write('a', 'ONE', 1_700_000_000) // the same size and time: rsync's quick check does not see it either
      await write('b', 'new')
      await chmod(join(source, 'deep/run.sh'), 0o700)
      expect(await run()).toEqual({ all: 4, files: 2, bytes: 6 })
      expect((await stat(join(folder, 'deep/run.sh'))).mode & 0o777).toBe(0o700)
      await write('a', 'ONE', 1_700_000_001)
      await write('b', 'new', 1_700_000_009) // another time alone: its content decides
      expect(await run()).toEqual({ all: 4, files: 1, bytes: 3 })
      expect(await readFile(join(folder, 'a'), 'utf8')).toBe('ONE')
      await rm(join(source, 'b'))
      await run()
      expect((await readdir(folder)).sort()).toEqual(['a', 'b', 'checkpoint', 'deep', 'empty', 'link'])
    })

    test('a file that is changed within the second of its sync is sent again', async () => {
      await writeFile(join(source, 'a'), 'one')
      await run()
      const { mtime } = await stat(join(source, 'a'))
      await writeFile(join(source, 'a'), 'two')
      await utimes(join(source, 'a'), mtime, mtime)
      expect(await run()).toMatchObject({ files: 1 })
      expect(await readFile(join(folder, 'a'), 'utf8')).toBe('two')
    })

    test('odd names arrive as they are', async () => {
      const names = [
        '-rf',
        'new\nline',
        `quo'te"s`,
        '$(id)',
        'back\\slash',
        'ein ☃',
        '@at',
        ' ',
        '*',
        '~',
        'x'.repeat(200),
        '.dot',
      ]
      for (const one of names) await write(`${one}/${one}`, one)
      expect(await run()).toMatchObject({ files: names.length })
      expect((await readdir(folder)).sort()).toEqual([...names].sort())
      for (const one of names) expect(await readFile(join(folder, one, one), 'utf8')).toBe(one)
      expect(await run()).toMatchObject({ files: 1 }) // the newline's, which cannot be asked about
    })

    test('a link or file of the node where a folder is wanted gives way; nothing goes through it', async () => {
      const outside = join(source, '..', `outside-${process.pid}-${node.nodeId}`)
      await mkdir(outside)
      await writeFile(join(outside, 'x'), 'theirs')
      await mkdir(folder, { recursive: true })
      await symlink(outside, join(folder, 'data'))
      await writeFile(join(folder, 'file'), '')
      await write('data/x', 'ours')
      await write('file/y', 'ours')
      await run()
      expect(await readFile(join(outside, 'x'), 'utf8')).toBe('theirs')
      expect((await lstat(join(folder, 'data'))).isDirectory()).toBe(true)
      expect(await readFile(join(folder, 'file/y'), 'utf8')).toBe('ours')
      await rm(outside, { recursive: true })
    })

    test('a folder of the node where a file is wanted stays, and is named', async () => {
      await mkdir(join(folder, 'a', 'b'), { recursive: true })
      await write('a', 'file')
      const error = await run().catch((e) => e)
      expect(error.data).toMatchObject({ code: 'files.in-the-way', where: expect.stringMatching(/workdir\/a$/) })
    })

    test('one file under another name, and what is not there or gone is said', async () => {
      await write('one.txt', 'one')
      expect(await run('deep/two.txt', join(source, 'one.txt'))).toEqual({ all: 1, files: 1, bytes: 3 })
      expect(await readdir(join(folder, 'deep'))).toEqual(['two.txt'])
      expect(await run('deep/two.txt', join(source, 'one.txt'))).toMatchObject({ files: 0 })
      await expect(run('.', join(source, 'none'))).rejects.toMatchObject({ data: { code: 'job.files-unreadable' } })
      node = { ...node, nodeId: 'none' }
      await expect(run()).rejects.toMatchObject({ data: { code: 'job.node-gone' } })
    })

    test('a large file that was cut off goes on where it was', async () => {
      await writeFile(join(source, 'model'), Buffer.alloc(100 * 1024 * 1024, 'styx'))
      const stop = new AbortController()
      const list = await listSource(source, signal)
      const given = { source, target: '.', resources }
      await expect(
        sync(node, list, {
          ...given,
          signal: stop.signal,
          progress: ({ sent }) => {
            if (sent > 60 * 1024 * 1024) stop.abort(new Error('enough'))
          },
        }),
      ).rejects.toThrow('enough')
      const sent: number[] = []
      await sync(node, list, { ...given, signal, progress: (now) => sent.push(now.sent) })
      expect(sent.find((bytes) => bytes > 0)).toBeGreaterThan(30 * 1024 * 1024)
      expect(await readdir(folder)).toEqual(['model'])
      execFileSync('cmp', [join(source, 'model'), join(folder, 'model')])
    })
  })
}

syncs('files to this machine', async () => ({ transport: openLocalTransport(), home: homedir(), isHere: true }))

describe.skipIf(noSshd)('files over a real sshd', () => {
  let sshd: Sshd
  beforeAll(async () => {
    sshd = await startSshd()
  })
  afterAll(() => sshd.stop())
  syncs('to another machine', async () => {
    const { ssh, end } = await subject({ known: sshd.knownHost })
    const transport = ssh.transport(to(sshd, plain(sshd)))
    return { transport: { ...transport, close: () => transport.close().finally(end) }, home: sshd.home, isHere: false }
  })
})

if (noSshd) test.skip(`files over ssh: ${noSshd}`)
