import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { readServeOptions } from './serve-options.ts'

const repository = join(import.meta.dirname, '..', '..')
const children: ChildProcess[] = []
let root: string
let home: string

// The sources as they stand, with a page of their own: nothing has to be built for this.
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'styx-root-'))
  await mkdir(join(root, 'out/renderer'), { recursive: true })
  await writeFile(join(root, 'out/renderer/index.html'), '<h1>the app</h1>')
  for (const name of ['src', 'node_modules', 'resources', 'package.json']) await symlink(join(repository, name), join(root, name))
})

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'styx-serve-'))
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(home, { recursive: true, force: true })
})

afterAll(() => rm(root, { recursive: true }))

/** `npm run serve` with these options, under a state folder of the test's own. */
function serve(...options: string[]) {
  const child = spawn(
    process.execPath,
    ['--preserve-symlinks', '--preserve-symlinks-main', join(root, 'src/main/serve.ts'), '--no-open', ...options],
    { env: { ...process.env, HOME: home, STYX_HOME: join(home, 'state') }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  children.push(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk
    })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return {
    child,
    ended,
    said: () => said,
    async link(): Promise<string> {
      const found = () => /https?:\/\/\S+/.exec(said)?.[0]
      await expect.poll(found, { timeout: 15_000 }).toBeTruthy()
      return found()!
    },
  }
}

async function signIn(link: string): Promise<string> {
  const answer = await fetch(link)
  expect(answer.status).toBe(200)
  return answer.headers.get('set-cookie')!.split(';')[0]!
}

const anyPort = ['--port', '0']

test('one line with a link that opens the app; Ctrl-C ends it with 0, also with a page open, and leaves nothing of its own', async () => {
  const styx = serve(...anyPort)
  const link = await styx.link()
  expect(styx.said().trim().split('\n')).toHaveLength(1)
  const { origin, host } = new URL(link)
  const cookie = await signIn(link)
  expect(await (await fetch(origin, { headers: { cookie } })).text()).toBe('<h1>the app</h1>')
  const socket = new WebSocket(`ws://${host}/rpc`, { headers: { cookie, origin } })
  await once(socket, 'open')
  const closed = once(socket, 'close')
  styx.child.kill('SIGINT')
  expect(await styx.ended).toBe(0)
  expect(String((await closed)[1])).toBe('Styx was closed.')
  const left = await readdir(join(home, 'state'))
  expect(left.filter((name) => ['engine.sock', 'owner.json', 'styx.db-wal'].includes(name))).toEqual([])
})

test('a second start prints a fresh link of the running one and ends with 0', async () => {
  const first = serve(...anyPort)
  const link = await first.link()
  const second = serve(...anyPort)
  expect(await second.ended).toBe(0)
  const fresh = await second.link()
  expect(new URL(fresh).origin).toBe(new URL(link).origin)
  await signIn(fresh)
  await signIn(link)
})

test('after kill -9 it starts again, with everything, and the old cookie is worth nothing', async () => {
  const first = serve(...anyPort)
  const cookie = await signIn(await first.link())
  first.child.kill('SIGKILL')
  await first.ended
  const second = serve('--port', new URL(await first.link()).port)
  const link = await second.link()
  expect(new URL(link).origin).toBe(new URL(await first.link()).origin)
  expect((await fetch(new URL(link).origin, { headers: { cookie } })).status).toBe(401)
  await signIn(link)
})

test('the page can end it', async () => {
  const styx = serve(...anyPort)
  const link = await styx.link()
  const socket = new WebSocket(`ws://${new URL(link).host}/rpc`, {
    headers: { cookie: await signIn(link), origin: new URL(link).origin },
  })
  await once(socket, 'open')
  socket.send(JSON.stringify({ i: '1', p: { u: '/app/quit', b: {} } }))
  expect(await styx.ended).toBe(0)
})

test('a port that is taken is said, when it was asked for', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const styx = serve('--port', String((other.address() as { port: number }).port))
  expect(await styx.ended).toBe(1)
  expect(styx.said()).toMatch(/^Port \d+ is taken/)
  expect(await readdir(join(home, 'state'))).not.toContain('engine.sock')
  other.close()
})

test('another address without a certificate is refused', async () => {
  const styx = serve(...anyPort, '--host', '0.0.0.0')
  expect(await styx.ended).toBe(1)
  expect(styx.said()).toContain('--tls-cert')
})

describe('the command line', () => {
  test.each([
    [['--port', 'x'], '--port x is not a port'],
    [['--port', '65536'], '--port 65536 is not a port'],
    [['--port=-1'], '--port -1 is not a port'],
    [['--prot', '1'], "Unknown option '--prot'"],
    [['extra'], "Unexpected argument 'extra'"],
    [['--port'], "Option '--port <value>' argument missing"],
    [['--tls-cert', 'x'], 'A certificate and its key belong together'],
    [['--tls-cert', '/nowhere/c', '--tls-key', '/nowhere/k'], '--tls-cert /nowhere/c cannot be read'],
  ])('%j is refused in a sentence', async (args, what) => {
    await expect(readServeOptions(args)).rejects.toMatchObject({
      data: { code: 'serve.option', what: expect.stringContaining(what) },
    })
  })

  test('a wrong one ends with 2 and says what is wrong', async () => {
    const styx = serve('--wrong')
    expect(await styx.ended).toBe(2)
    expect(styx.said()).toContain("Unknown option '--wrong'")
  })

  test('without options: port 7433 or another, this machine alone, and a browser is opened', async () => {
    expect(await readServeOptions([])).toEqual({
      port: 7433,
      elsewhere: true,
      host: '127.0.0.1',
      tls: null,
      names: [],
      open: true,
    })
    expect(await readServeOptions(['--port', '80', '--name', 'a', '--name', 'b:1', '--no-open'])).toMatchObject({
      port: 80,
      elsewhere: false,
      names: ['a', 'b:1'],
      open: false,
    })
    expect(await readServeOptions(['--help'])).toBeNull()
  })
})
