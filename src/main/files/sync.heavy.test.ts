import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, open, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noSshd, type Sshd, startSshd } from '../../../e2e/substrate/sshd.ts'
import { plain, subject, to } from '../transports/ssh-subject.ts'
import { type FilesNode, listSource, sync } from './sync.ts'

const { signal } = new AbortController()
const same = (a: string, b: string) => execFileSync('sh', ['-c', 'exec diff -r "$1" "$2"', 'sh', a, b])

describe.skipIf(noSshd)('much of it, over a real sshd', { timeout: 600_000 }, () => {
  let sshd: Sshd
  let folder: string
  let node: FilesNode
  let end: () => void
  beforeAll(async () => {
    sshd = await startSshd()
    folder = await mkdtemp(join(tmpdir(), 'styx-much-'))
    const one = await subject({ known: sshd.knownHost })
    end = one.end
    const own = join(sshd.home, '.styx-node', 'i', 'c', 'n')
    await mkdir(own, { recursive: true })
    await writeFile(join(own, '.styx-node'), '')
    const transport = one.ssh.transport(to(sshd, plain(sshd)))
    node = { installationId: 'i', clusterId: 'c', nodeId: 'n', transport, isHere: false }
  })
  afterAll(async () => {
    end()
    await sshd.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const given = (target: string, stop = signal) => ({
    source: folder,
    target: join(folder, target),
    resources: resolve('resources'),
    signal: stop,
  })

  test('50,000 small files, and again when ten of them changed', async () => {
    const source = join(folder, 'small')
    for (let i = 0; i < 50_000; i++) {
      const below = join(source, `d${Math.floor(i / 250)}`)
      if (i % 250 === 0) await mkdir(below, { recursive: true })
      await writeFile(join(below, `f${i}`), `file ${i}`)
      await utimes(join(below, `f${i}`), 1_700_000_000, 1_700_000_000)
    }
    const run = async () => sync(node, await listSource(source, signal), { ...given('small-there'), progress: () => {} })
    expect(await run()).toMatchObject({ all: 50_000, files: 50_000 })
    same(source, join(folder, 'small-there'))
    for (let i = 0; i < 10; i++) await writeFile(join(source, `d${i}`, `f${i * 250}`), `changed ${i}`)
    expect(await run()).toMatchObject({ all: 50_000, files: 10 })
    same(source, join(folder, 'small-there'))
  })

  test('5 GB whose connection is cut in the middle, and then whose sender gives up, goes on where it was', async () => {
    const source = join(folder, 'large')
    await mkdir(source)
    const file = await open(join(source, 'model'), 'w')
    const block = Buffer.alloc(50_000_000)
    for (let i = 0; i < 100; i++) {
      block.fill(`block ${i} `)
      await file.write(block)
    }
    await file.close()
    const list = await listSource(source, signal)
    const stop = new AbortController()
    let cut = false
    const first = sync(node, list, {
      ...given('large-there', stop.signal),
      progress: ({ sent }) => {
        if (sent > 2e9 && !cut) {
          cut = true
          for (const pid of sshd.children())
            try {
              process.kill(pid, 'SIGKILL')
            } catch {} // it ended by itself
        }
        if (sent > 3e9) stop.abort(new Error('enough'))
      },
    })
    await expect(first).rejects.toThrow('enough')
    expect(await readdir(join(folder, 'large-there'))).toEqual([expect.stringMatching(/^\.model\.[0-9a-f]{12}\.styx-part$/)])
    const sent: number[] = []
    await sync(node, list, { ...given('large-there'), progress: (now) => sent.push(now.sent) })
    expect(sent.find((bytes) => bytes > 0)).toBeGreaterThan(2.9e9)
    expect((await stat(join(folder, 'large-there', 'model'))).size).toBe(5e9)
    execFileSync('cmp', [join(source, 'model'), join(folder, 'large-there', 'model')])
  })
})

if (noSshd) test.skip(`much of it: ${noSshd}`)
