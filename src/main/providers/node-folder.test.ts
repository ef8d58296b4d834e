import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { nodeFolder } from './node-folder.ts'

const run = promisify(execFile)
const SCRIPTS = join(import.meta.dirname, '../../../resources/node')
/** A shell, and whose programs it uses beside its own: busybox has them all built in, and less in each. */
const SHELLS: [string, ...string[]][] = [['dash'], ['bash', '--posix'], ['busybox', 'sh']]

for (const [shell, ...options] of SHELLS)
  test(`folder.sh and verify.sh in ${shell}`, async ({ skip, onTestFinished }) => {
    const there = await run(shell, [...options, '-c', 'exit 0']).catch(() => null)
    skip(there === null, `${shell} is not here: apt-get install ${shell}`)
    const home = await mkdtemp(join(tmpdir(), 'styx [home] *'))
    onTestFinished(() => rm(home, { recursive: true }))
    const script = async (name: string, args: string[], cwd = '/') => {
      const { stdout } = await run(shell, [...options, join(SCRIPTS, name), ...args], {
        cwd,
        env: { ...process.env, HOME: home },
      })
      return stdout.trim().split('\n')
    }
    const folder = async (verb: string, node = 'node') =>
      (await script('folder.sh', [verb, 'installation', 'cluster', node])).at(-1)
    const path = join(home, '.styx-node/installation/cluster/node')

    expect([
      await folder('look'),
      await folder('remove'),
      await folder('make'),
      await folder('make'),
      await folder('look'),
    ]).toEqual(['absent', 'absent', 'made', 'kept', 'kept'])
    expect((await script('verify.sh', ['word'], path))[0]).toBe('same')
    expect(await readdir(path)).toEqual(['.styx-node'])

    await mkdir(join(path, 'a b/-rf/.c'), { recursive: true })
    await writeFile(join(path, 'a b/-rf/.c/new\nline'), 'x')
    await writeFile(join(path, '-n'), 'x')
    await writeFile(join(home, 'outside'), 'precious')
    await symlink(home, join(path, 'to-home'))
    await chmod(join(path, 'a b/-rf/.c'), 0o500)
    expect(await folder('measure')).toMatch(/^kept \d+$/)
    expect(await folder('make', 'other')).toBe('made')
    expect(await folder('remove')).toBe('removed')
    expect(await readdir(join(home, '.styx-node/installation/cluster'))).toEqual(['other'])
    expect(await folder('remove', 'other')).toBe('removed')
    expect(await readdir(home)).toEqual(['outside'])

    await mkdir(path, { recursive: true })
    await writeFile(join(path, 'data'), 'precious')
    expect([await folder('look'), await folder('make'), await folder('measure'), await folder('remove')]).toEqual(
      Array(4).fill('foreign'),
    )
    expect(await readFile(join(path, 'data'), 'utf8')).toBe('precious')
  })

test('an id that is none of ours never reaches a node', async () => {
  const never = () => Promise.reject(new Error('nothing may be started'))
  const transport = { exec: never, shell: never, forward: never, watch: () => {}, wake: () => {}, close: never }
  for (const clusterId of ['../..', 'a/b', '', 'a b', 'x'.repeat(65)]) {
    const owner = { installationId: 'i', clusterId, nodeId: 'n' }
    const access = { transport, resources: join(SCRIPTS, '..'), signal: new AbortController().signal }
    await expect(nodeFolder('remove', owner, access)).rejects.toMatchObject({ data: { code: 'node.odd-id' } })
  }
})

test('many makes at once, as after a killed engine, make one folder and none fails', async ({ onTestFinished }) => {
  const home = await mkdtemp(join(tmpdir(), 'styx-race-'))
  onTestFinished(() => rm(home, { recursive: true }))
  const make = () => run('sh', [join(SCRIPTS, 'folder.sh'), 'make', 'i', 'c', 'n'], { env: { ...process.env, HOME: home } })
  for (let round = 0; round < 10; round++) {
    const said = await Promise.all(Array.from({ length: 8 }, make))
    for (const { stdout } of said) expect(stdout).toMatch(/(made|kept)\n$/)
    expect(await readdir(join(home, '.styx-node/i/c/n'))).toEqual(['.styx-node'])
    await run('sh', [join(SCRIPTS, 'folder.sh'), 'remove', 'i', 'c', 'n'], { env: { ...process.env, HOME: home } })
  }
})

test('a make whose engine is gone makes nothing', async ({ onTestFinished }) => {
  const home = await mkdtemp(join(tmpdir(), 'styx-orphan-'))
  onTestFinished(() => rm(home, { recursive: true }))
  // The outer shell is the engine: it starts the script, which waits at its very beginning until that shell is gone.
  const script = `kill -STOP $$; . "$0"`
  const engine = spawn(
    'sh',
    ['-c', `sh -c '${script}' "$1" make i c n >/dev/null 2>&1 & echo $!; read wait`, 'engine', join(SCRIPTS, 'folder.sh')],
    {
      env: { ...process.env, HOME: home },
    },
  )
  const orphan = Number(String((await once(engine.stdout, 'data'))[0]))
  await expect.poll(() => readFile(`/proc/${orphan}/stat`, 'utf8')).toMatch(/\) T /)
  engine.stdin.end()
  await once(engine, 'exit')
  process.kill(orphan, 'SIGCONT')
  await expect.poll(() => readFile(`/proc/${orphan}/stat`, 'utf8').catch(() => 'gone')).toMatch(/\) Z |gone/)
  expect(await readdir(home)).toEqual([])
})
