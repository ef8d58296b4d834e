import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { StyxError } from '../../../shared/error.ts'
import { openLocalTransport } from '../../transports/local/local-transport.ts'
import { drive, providerConformance, type Subject } from '../conformance.ts'
import type { Observation } from '../provider.ts'
import { createLocalProvider } from './index.ts'

const RESOURCES = join(import.meta.dirname, '../../../../resources')
const ROOT = process.getuid?.() === 0
const INSTALLATION = 'installation-under-test'

/** This machine with a home folder of its own, in which there is something of the user's already. */
async function openSubject(): Promise<Subject & { home: string }> {
  const home = await mkdtemp(join(tmpdir(), "styx 'home' "))
  await mkdir(join(home, '.styx-node/another-installation/cluster/node'), { recursive: true })
  await writeFile(join(home, '.styx-node/another-installation/cluster/node/weights'), 'precious')
  await writeFile(join(home, 'thesis.tex'), 'precious')
  vi.stubEnv('HOME', home)
  const local = openLocalTransport()
  const transport = () => local
  return {
    home,
    provider: createLocalProvider({
      resources: RESOURCES,
      installationId: INSTALLATION,
      transport,
      nodes: () => [],
      clusterName: (id) => id,
    }),
    place: { id: 'this-machine', kind: 'local', name: 'This machine', settings: {} },
    spec: {},
    installationId: INSTALLATION,
    transport,
    world: () => listing(home),
    close: async () => {
      await local.close()
      vi.unstubAllEnvs()
      await rm(home, { recursive: true })
    },
  }
}

async function listing(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const lines = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name)
    const content = entry.isFile() ? await readFile(path, 'utf8') : entry.isSymbolicLink() ? await readlink(path) : ''
    return `${relative(folder, path)} ${content}`
  })
  return (await Promise.all(lines)).sort().join('\n')
}

providerConformance('local', openSubject)

let subject: Awaited<ReturnType<typeof openSubject>>
beforeEach(async () => {
  subject = await openSubject()
})
afterEach(() => subject.close())

/** A launched cluster and its node's folder. */
async function launched() {
  const driver = drive(subject)
  await driver.run('launch')
  const folder = join(subject.home, '.styx-node', INSTALLATION, driver.cluster.id, driver.nodes()[0]!.id)
  return { driver, folder, marker: join(folder, '.styx-node') }
}
const failure = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => (error instanceof StyxError ? error.data : error),
  )

test('the folder is the user’s alone and says whose it is', async () => {
  const { driver, folder, marker } = await launched()
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  expect(await readFile(marker, 'utf8')).toBe(
    `styx-node 1\ninstallation ${INSTALLATION}\ncluster ${driver.cluster.id}\nnode ${driver.nodes()[0]!.id}\n`,
  )
  expect(driver.log.join('\n')).toContain(`Made ${folder}`)
})

test('terminate removes all that work left in the folder, and nothing that it links to', async () => {
  const { driver, folder } = await launched()
  const before = await listing(join(subject.home, '.styx-node/another-installation'))
  await mkdir(join(folder, 'jobs/1/.hidden'), { recursive: true })
  await writeFile(join(folder, 'jobs/1/.hidden/rank-0.out'), 'output')
  await chmod(join(folder, 'jobs/1/.hidden'), 0o500) // as Go's module cache
  await symlink(join(subject.home, '.styx-node/another-installation'), join(folder, 'link'))
  await driver.run('terminate')
  expect(await readdir(join(subject.home, '.styx-node'))).toEqual(['another-installation'])
  expect(await listing(join(subject.home, '.styx-node/another-installation'))).toBe(before)
})

test('a folder whose marker is not ours is left and named', async () => {
  const { driver, folder, marker } = await launched()
  await writeFile(marker, 'styx-node 1\ninstallation somebody-else\n')
  await writeFile(join(folder, 'data'), 'precious')
  const world = await subject.world()
  for (const action of ['terminate', 'stop', 'start'] as const)
    expect(await failure(driver.run(action))).toMatchObject({ code: 'node.foreign-folder', where: folder })
  expect(await driver.undo('launch')).toMatchObject([{ where: folder }])
  await rm(marker)
  expect(await failure(driver.run('terminate'))).toMatchObject({ code: 'node.foreign-folder' })
  await writeFile(marker, 'styx-node 1\ninstallation somebody-else\n')
  expect(await subject.world()).toBe(world)
})

test('a launch over a crash’s half-made folder takes it; over somebody’s files it does not', async () => {
  const { driver, folder, marker } = await launched()
  await rm(marker)
  await writeFile(`${marker}.4711`, 'styx-no')
  await driver.run('launch')
  expect(await readdir(folder)).toEqual(['.styx-node'])
  await rm(marker)
  await writeFile(join(folder, 'data'), 'precious')
  expect(await failure(driver.run('launch'))).toMatchObject({ code: 'node.foreign-folder', where: folder })
  expect(await readFile(join(folder, 'data'), 'utf8')).toBe('precious')
})

test('a folder that cannot be listed is not taken for an empty one', async ({ skip }) => {
  skip(ROOT, 'root may list every folder: run the tests as another user too')
  const { driver, folder, marker } = await launched()
  await rm(marker)
  await writeFile(join(folder, 'data'), 'precious')
  for (const mode of [0o000, 0o300, 0o400]) {
    await chmod(folder, mode)
    for (const action of ['launch', 'terminate'] as const) expect(await failure(driver.run(action))).not.toBeNull()
  }
  await chmod(folder, 0o700)
  expect(await readdir(folder)).toEqual(['data'])
})

test('stop says when there is nothing to keep', async () => {
  const { driver, folder } = await launched()
  await rm(folder, { recursive: true })
  expect(await failure(driver.run('stop'))).toMatchObject({ code: 'node.folder-gone', where: folder })
})

test('watch sees a folder go and come back, and ignores nodes that have none yet', async () => {
  const { driver, folder, marker } = await launched()
  const pending = { ...driver.nodes()[0]!, id: 'pending-node', rank: 1, state: 'pending' as const }
  const once = (): Promise<Observation> =>
    new Promise((resolve) => {
      const clusters = () => [{ cluster: driver.cluster, nodes: [...driver.nodes(), pending] }]
      const look = new AbortController()
      const seen = ([observation]: Observation[]) => {
        look.abort()
        resolve(observation!)
      }
      void subject.provider.watch(clusters, seen, look.signal)
    })
  const { id } = driver.nodes()[0]!
  expect(await once()).toMatchObject({ nodes: [{ nodeId: id, state: 'up' }] })
  const text = await readFile(marker, 'utf8')
  await writeFile(marker, 'another')
  expect(await once()).toMatchObject({
    nodes: [{ nodeId: id, state: 'gone', why: expect.stringContaining('no longer carries the marker') }],
  })
  await rm(folder, { recursive: true })
  expect(await once()).toMatchObject({
    nodes: [{ nodeId: id, state: 'gone', why: `Its folder ${folder} is not there any more.` }],
  })
  await mkdir(folder)
  await writeFile(marker, text)
  expect(await once()).toMatchObject({ nodes: [{ nodeId: id, state: 'up' }] })
})

test('watch says unknown, not gone, where it cannot look', async () => {
  const { driver } = await launched()
  vi.stubEnv('HOME', join(subject.home, 'not-there'))
  const stop = new AbortController()
  const seen = await new Promise((resolve) => {
    void subject.provider.watch(() => [{ cluster: driver.cluster, nodes: driver.nodes() }], resolve, stop.signal)
  })
  stop.abort()
  expect(seen).toMatchObject([{ nodes: [{ state: 'unknown', error: { code: 'node.no-home' } }] }])
})

test('what stands in the way is said in words', async () => {
  vi.stubEnv('HOME', join(subject.home, 'not-there'))
  expect(await failure(drive(subject).run('launch'))).toMatchObject({
    code: 'node.no-home',
    suggestion: expect.stringContaining('HOME'),
  })
  vi.stubEnv('HOME', subject.home)
  await rm(join(subject.home, '.styx-node'), { recursive: true })
  await writeFile(join(subject.home, '.styx-node'), 'a file in the way')
  const error = await failure(drive(subject).run('launch'))
  expect(error).toMatchObject({
    code: 'node.failed',
    why: expect.stringContaining('Not a directory'),
    detail: expect.stringContaining('.styx-node'),
  })
})

test('a folder that may not be entered or written is told as that, and is not taken for gone', async ({ skip }) => {
  skip(process.platform !== 'linux', 'needs setpriv: run the tests on Linux')
  const { driver } = await launched()
  // Root may enter everything: as root the scripts run as nobody.
  const nobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'] as const
  const local = subject.transport({ via: 'local' })
  const transport = () =>
    (ROOT ? { ...local, exec: (argv, options) => local.exec([...nobody, ...argv], options) } : local) as typeof local
  const refusedHere = { ...subject, transport }
  await chmod(join(subject.home, '.styx-node'), 0)
  const other = drive(refusedHere)
  expect(await failure(other.run('launch'))).toMatchObject({ code: 'node.denied', suggestion: expect.stringContaining('ls -ld') })
  const provider = createLocalProvider({
    resources: RESOURCES,
    installationId: INSTALLATION,
    transport,
    nodes: () => [],
    clusterName: (id) => id,
  })
  const stop = new AbortController()
  const seen = await new Promise((resolve) => {
    void provider.watch(() => [{ cluster: driver.cluster, nodes: driver.nodes() }], resolve, stop.signal)
  })
  stop.abort()
  await chmod(join(subject.home, '.styx-node'), 0o700)
  expect(seen).toMatchObject([{ nodes: [{ state: 'unknown', error: { code: 'node.denied' } }] }])
})

/** Null, or why it was refused. */
const mount = (...args: string[]) =>
  promisify(execFile)('mount', args).then(
    () => null,
    (error: Error) => error.message,
  )

test('what somebody mounted in the folder is not touched', async ({ skip }) => {
  skip(!ROOT, 'mounting a file system takes root: run the tests as root')
  const { driver, folder } = await launched()
  const data = join(folder, 'data')
  await mkdir(data)
  const mounted = await mount('-t', 'tmpfs', '-o', 'size=64k', 'styx-test', data)
  skip(mounted !== null, `this machine lets no test mount (${mounted}): run it where root may`)
  try {
    await writeFile(join(data, 'weights'), 'precious')
    expect(await failure(driver.run('terminate'))).toMatchObject({
      code: 'node.busy',
      suggestion: expect.stringContaining('Unmount'),
    })
    expect(await readFile(join(data, 'weights'), 'utf8')).toBe('precious')
  } finally {
    await promisify(execFile)('umount', [data])
  }
  await driver.run('terminate')
})

test('a full disk and a read-only one are told as that; with space again the launch goes on', async ({ skip }) => {
  skip(!ROOT, 'mounting a small file system takes root: run the tests as root')
  const root = join(subject.home, '.styx-node')
  const mounted = await mount('-t', 'tmpfs', '-o', 'size=64k', 'styx-test', root)
  skip(mounted !== null, `this machine lets no test mount (${mounted}): run it where root may`)
  try {
    const driver = drive(subject)
    await writeFile(join(root, 'ballast'), Buffer.alloc(64 * 1024)).catch(() => {})
    expect(await failure(driver.run('launch'))).toMatchObject({
      code: 'node.disk-full',
      detail: expect.stringContaining('No space left'),
    })
    expect(await driver.undo('launch')).toEqual([])
    await rm(join(root, 'ballast'))
    // Room for the folder, but not enough to work with.
    expect(await failure(driver.run('launch'))).toMatchObject({ code: 'node.disk-full', why: 'Only 0 MiB are free.' })
    await mount('-o', 'remount,ro', root)
    expect(await failure(driver.run('terminate'))).toMatchObject({ code: 'node.read-only' })
    await mount('-o', 'remount,rw,size=512m', root)
    await driver.run('launch')
    await driver.run('terminate')
  } finally {
    await promisify(execFile)('umount', [root])
  }
})
