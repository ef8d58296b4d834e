import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { ownState } from './owner.ts'
import { askOwner, socketPath } from './owner-socket.ts'

const children: ChildProcess[] = []
const folders: string[] = []

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'styx-owner-'))
  folders.push(folder)
  return join(folder, 'state')
}

// A process of its own: a lock is only a lock between processes. It prints "owner" or the answer, and stays.
const starter = `
  import { ownState } from ${JSON.stringify(join(import.meta.dirname, 'owner.ts'))}
  const owner = await ownState(process.argv[1], { do: 'link' })
  if (owner.is === 'owner') {
    owner.answerWith(async ({ do: what }) => ({ say: what + ' by ' + process.pid, link: null }))
    process.on('SIGTERM', () => owner.close().then(() => process.exit(0)))
    setInterval(() => {}, 1000)
    console.log('owner')
  } else console.log(owner.answer.say)
`

/** Starts one and resolves with its first line. */
async function start(folder: string): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', starter, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const [line] = await once(child.stdout!, 'data')
  return { child, said: String(line).trim() }
}

test('of many that start at once exactly one owns the folder, and the others are answered by it', async () => {
  const folder = await freshFolder()
  const started = await Promise.all(Array.from({ length: 6 }, () => start(folder)))
  const owners = started.filter(({ said }) => said === 'owner')
  expect(owners).toHaveLength(1)
  for (const { child, said } of started) if (child !== owners[0]!.child) expect(said).toBe(`link by ${owners[0]!.child.pid}`)
})

test('what a killed owner left blocks nobody, also when many start at once', async () => {
  const folder = await freshFolder()
  for (let round = 0; round < 3; round++) {
    const started = await Promise.all(Array.from({ length: 4 }, () => start(folder)))
    const owners = started.filter(({ said }) => said === 'owner')
    expect(owners).toHaveLength(1)
    const gone = once(owners[0]!.child, 'exit')
    owners[0]!.child.kill('SIGKILL')
    await gone
    expect(await readdir(folder)).toContain('engine.sock')
  }
})

test('an owner that ends cleanly leaves no socket and no owner file', async () => {
  const folder = await freshFolder()
  const { child } = await start(folder)
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  expect((await gone)[0]).toBe(0)
  expect(await readdir(folder)).toEqual(['owner.lock'])
})

test('the folder and what is in it are for the user alone', async () => {
  const folder = await freshFolder()
  await mkdir(folder, { mode: 0o755 })
  await start(folder)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  for (const name of await readdir(folder)) expect([name, (await stat(join(folder, name))).mode & 0o777]).toEqual([name, 0o600])
})

test('a request that is not one of ours is refused with a reason', async () => {
  const folder = await freshFolder()
  await start(folder)
  const path = await socketPath(folder)
  await expect(askOwner(path, { do: 'rule' } as never)).rejects.toMatchObject({ data: { code: 'unexpected' } })
  expect(await askOwner(path, { do: 'focus' })).toMatchObject({ link: null })
})

test('a folder whose path is too long for a socket is owned all the same', async () => {
  const folder = join(await freshFolder(), 'long'.repeat(30))
  const [first, second] = [await start(folder), await start(folder)]
  expect([first.said, second.said]).toEqual(['owner', `link by ${first.child.pid}`])
  expect(await socketPath(folder)).not.toContain('long')
})

test('a live owner on another host of a shared home is refused with the remedy, a dead one is not', async () => {
  const folder = await freshFolder()
  await mkdir(folder)
  const file = join(folder, 'owner.json')
  await writeFile(file, JSON.stringify({ host: 'elsewhere', bootId: 'another', pid: 4711 }))
  const refused = await ownState(folder, { do: 'link' }).catch((error) => error.data)
  expect(refused).toMatchObject({ code: 'owner.elsewhere', what: expect.stringContaining('elsewhere') })
  expect(refused.suggestion).toContain('4711')
  const long_ago = new Date(Date.now() - 60_000)
  await utimes(file, long_ago, long_ago)
  expect((await start(folder)).said).toBe('owner')
})

test('an owner file that is no owner file blocks nobody', async () => {
  const folder = await freshFolder()
  await mkdir(folder)
  await writeFile(join(folder, 'owner.json'), '{"host":')
  expect((await start(folder)).said).toBe('owner')
})

test('a folder that cannot be one is said', async () => {
  const folder = await freshFolder()
  await writeFile(folder, 'a file')
  await expect(ownState(folder, { do: 'link' })).rejects.toMatchObject({ data: { code: 'owner.folder', where: folder } })
  await expect(ownState('/dev/null/styx', { do: 'link' })).rejects.toMatchObject({ data: { code: 'owner.folder' } })
})

test('an owner that listens and says nothing is named in an error, after a time-out', { timeout: 40_000 }, async () => {
  const folder = await freshFolder()
  await mkdir(folder)
  const { lockFolder } = await import('./folder-lock.ts')
  const lock = lockFolder(folder)
  const silent = createServer().listen(await socketPath(folder))
  await once(silent, 'listening')
  const second = spawn(process.execPath, ['--input-type=module', '-e', starter, folder], { stdio: ['ignore', 'ignore', 'pipe'] })
  children.push(second)
  let said = ''
  second.stderr!.on('data', (chunk) => {
    said += chunk
  })
  await once(second, 'exit')
  expect(said).toContain('owner.silent')
  silent.close()
  lock?.release()
})
