import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

// start.mjs in an installation that has a web host which only says its options, and whatever stands for Electron in the test.

let root: string
let running: ChildProcess | undefined

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'styx-start-'))
  for (const folder of ['scripts', 'out/main', 'node_modules/electron', 'electron'])
    await mkdir(join(root, folder), { recursive: true })
  await copyFile(join(import.meta.dirname, 'start.mjs'), join(root, 'scripts/start.mjs'))
  await writeFile(join(root, 'package.json'), '{"type":"module"}')
  await writeFile(join(root, 'out/main/serve.js'), 'console.log("web host", ...process.argv.slice(2))')
  // As root the tests run it as nobody, who must be able to read and run all of it; Node itself too.
  await cp(process.execPath, join(root, 'node'))
  await chmod(root, 0o777)
  await chmod(join(root, 'node_modules/electron'), 0o777)
})

afterEach(async () => {
  running?.kill('SIGKILL')
  await rm(root, { recursive: true, force: true })
})

const isRoot = process.getuid?.() === 0
const ROOT_ONLY = 'a sandbox helper that works belongs to root: run npm test as root'
const nobody = isRoot ? { uid: 65534, gid: 65534 } : {}

/** What stands for Electron's binary. A helper with the setuid bit stands for a sandbox that works. */
async function putElectron(script: string) {
  await writeFile(join(root, 'electron/electron'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  await writeFile(join(root, 'electron/chrome-sandbox'), '')
  await chmod(join(root, 'electron/chrome-sandbox'), 0o4755)
}

function start(env: Record<string, string>, args: string[] = [], user: object = nobody) {
  const child = spawn(join(root, 'node'), [join(root, 'scripts/start.mjs'), ...args], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', ELECTRON_OVERRIDE_DIST_PATH: join(root, 'electron'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...user,
  })
  running = child
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk
    })
  return { child, said: () => said, ended: once(child, 'close').then(([code, signal]) => code ?? signal) }
}

const DISPLAY = { DISPLAY: ':7' }

test('without a display: the web host, with one line that says why', async () => {
  await putElectron('echo desktop')
  const { ended, said } = start({}, ['--port', '1'])
  expect(await ended).toBe(0)
  expect(said()).toBe('No desktop window: there is no display here. Styx is served to your browser instead.\nweb host --port 1\n')
})

test('as root: the web host, never Electron without its sandbox', async ({ skip }) => {
  skip(!isRoot, ROOT_ONLY)
  await putElectron('echo desktop')
  const { ended, said } = start(DISPLAY, [], {})
  expect(await ended).toBe(0)
  expect(said()).toContain("Chromium's sandbox does not work for root")
  expect(said()).toContain('web host')
})

test('--web serves on purpose and says nothing more', async () => {
  await putElectron('echo desktop')
  const { ended, said } = start(DISPLAY, ['--web', '--no-open'])
  expect(await ended).toBe(0)
  expect(said()).toBe('web host --no-open\n')
})

test('with Electron and a display: the desktop, whose output and exit code are its own', async ({ skip }) => {
  skip(!isRoot, ROOT_ONLY)
  await putElectron(`echo desktop $1; exit 7`)
  const { ended, said } = start(DISPLAY)
  expect(await ended).toBe(7)
  expect(said()).toBe(`desktop ${root}\n`)
})

test('signals reach the desktop, and it is waited for', async ({ skip }) => {
  skip(!isRoot, ROOT_ONLY)
  await putElectron(`trap 'echo ending; exit 3' TERM; echo up; while :; do sleep 0.05; done`)
  const { child, ended, said } = start(DISPLAY)
  await expect.poll(said).toContain('up')
  child.kill('SIGTERM')
  expect(await ended).toBe(3)
  expect(said()).toContain('ending')
})

test('a desktop that is killed by a signal ends the start by the same signal', async ({ skip }) => {
  skip(!isRoot, ROOT_ONLY)
  await putElectron('kill -KILL $$')
  expect(await start(DISPLAY).ended).toBe('SIGKILL')
})

test('a desktop that crashes at once: the web host, with the reason', async ({ skip }) => {
  skip(!isRoot, ROOT_ONLY)
  await putElectron('kill -TRAP $$')
  const { ended, said } = start(DISPLAY)
  expect(await ended).toBe(0)
  expect(said()).toContain('Electron ended at once (SIGTRAP)')
  expect(said()).toContain('web host')
})

test('without a binary it is downloaded once; a failure is remembered, so that the next start is quick', async () => {
  await writeFile(
    join(root, 'node_modules/electron/install.js'),
    'require("fs").appendFileSync(__dirname + "/tries", "x"); process.exit(1)',
  )
  for (const first of [true, false]) {
    const { ended, said } = start(DISPLAY)
    expect(await ended).toBe(0)
    expect(said().includes('Downloading Electron, once')).toBe(first)
    expect(said()).toContain("Electron's binary is not here and could not be downloaded")
    expect(said()).toContain('web host')
  }
})

test('it can be read by a very old Node, which then says what is needed', async () => {
  // Only what stands before the check must run there: no optional chaining, no `??`, no top-level await.
  const { readFile } = await import('node:fs/promises')
  const text = await readFile(join(import.meta.dirname, 'start.mjs'), 'utf8')
  expect(text).not.toMatch(/\?\.|\?\?|^await /m)
})
