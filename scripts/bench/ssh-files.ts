import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { startSshd } from '../../e2e/substrate/sshd.ts'
import { listSource, sync } from '../../src/main/files/sync.ts'
import { put } from '../../src/main/transports/copy.ts'
import { plain, subject, to } from '../../src/main/transports/ssh-subject.ts'
import { bareSsh } from './bare-ssh.ts'
import type { Bench } from './bench.ts'
import { timed } from './measure.ts'

const run = promisify(execFile)
const UPLOAD_BYTES = 500_000_000
const SMALL_FILES = 10_000

/** An sshd on this machine, our connection to it, which both sides' time leaves out where it can, and a folder for what is sent. */
async function machine() {
  const sshd = await startSshd()
  const { ssh, say, end } = await subject({ known: sshd.knownHost })
  const endpoint = to(sshd, plain(sshd))
  await say(endpoint, 'true')
  const folder = await mkdtemp(join(tmpdir(), 'styx-bench-files-'))
  const close = async () => {
    end()
    await sshd.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { sshd, transport: ssh.transport(endpoint), folder, close }
}

export const upload: Bench = {
  name: '500 MB upload against scp',
  unit: 'ms',
  runs: 7,
  goal: { is: 'ratio-at-most', limit: 1.1 },
  open: async (signal) => {
    const { sshd, transport, folder, close } = await machine()
    const from = join(folder, 'from')
    const out = createWriteStream(from)
    for (let sent = 0; sent < UPLOAD_BYTES; sent += 5_000_000)
      await new Promise((done) => out.write(randomBytes(5_000_000), done))
    await new Promise<void>((done) => out.end(done))
    const target = `${sshd.user}@127.0.0.1:${join(folder, 'scp')}`
    return {
      ours: { name: 'Styx', run: () => timed(() => put(transport, from, join(folder, 'ours'), { signal })) },
      against: {
        name: 'scp',
        run: () => timed(() => run('scp', ['-q', '-P', String(sshd.port), ...bareSsh(sshd), from, target], { signal })),
      },
      close,
    }
  },
}

const smallFiles = (name: string, changed: boolean): Bench => ({
  name,
  unit: 'ms',
  runs: 7,
  goal: { is: 'ratio-at-most', limit: 1.5 },
  open: async (signal) => {
    const { sshd, transport, folder, close } = await machine()
    const source = join(folder, 'source')
    for (let i = 0; i < SMALL_FILES; i++) {
      const below = join(source, `d${Math.floor(i / 100)}`)
      if (i % 100 === 0) await mkdir(below, { recursive: true })
      await writeFile(join(below, `f${i}`), randomBytes(200 + ((i * 37) % 4000)))
      await utimes(join(below, `f${i}`), 1_700_000_000, 1_700_000_000 + i)
    }
    const node = { installationId: 'bench', clusterId: 'c', nodeId: 'n', transport, isHere: false }
    const own = join(sshd.home, '.styx-node', 'bench', 'c', 'n')
    await mkdir(own, { recursive: true })
    await writeFile(join(own, '.styx-node'), '')
    const [ours, theirs] = [join(folder, 'ours'), join(folder, 'rsync')]
    const given = { source, target: ours, resources: resolve('resources'), progress: () => {}, signal }
    const rsh = `ssh -p ${sshd.port} ${bareSsh(sshd).join(' ')}`
    return {
      ours: {
        name: 'Styx',
        run: async () => {
          if (!changed) await rm(ours, { recursive: true, force: true })
          return timed(async () => sync(node, await listSource(source, signal), given))
        },
      },
      against: {
        name: 'rsync',
        run: async () => {
          if (!changed) await rm(theirs, { recursive: true, force: true })
          return timed(() => run('rsync', ['-a', '-e', rsh, `${source}/`, `${sshd.user}@127.0.0.1:${theirs}`], { signal }))
        },
      },
      close,
    }
  },
})
export const manyFiles = smallFiles('10,000 small files against rsync', false)
export const manyFilesAgain = smallFiles('10,000 small files of which none changed, against rsync', true)
