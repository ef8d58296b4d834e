import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const USE = `
  import { openSecrets } from '${resolve('src/main/storage/secrets.ts')}'
  const secrets = await openSecrets('test')
  await secrets.write('host', 'pässword')
  const read = await secrets.read('host')
  await secrets.remove('host')
  console.log(JSON.stringify({ kept: secrets.kept, why: secrets.why, read, none: await secrets.read('never'), removed: await secrets.read('host') }))
`

/** Uses secrets in a process of its own, for the library finds its session bus only once. */
async function use(env: NodeJS.ProcessEnv, before: string[] = []) {
  const [file, ...args] = [...before, process.execPath, '--input-type=module', '-e', USE]
  const { stdout } = await promisify(execFile)(file!, args, { env, timeout: 15_000 })
  return JSON.parse(stdout.trim().split('\n').at(-1)!)
}

test('without a keyring secrets stay in memory, and it says why', async () => {
  const seen = await use({ ...process.env, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' })
  expect(seen).toEqual({ kept: 'memory', why: expect.stringMatching(/.+/), read: 'pässword', none: null, removed: null })
})

test("a desktop's keyring keeps them", async ({ skip }) => {
  const there = ['dbus-run-session', 'gnome-keyring-daemon'].every((name) => spawnSync('which', [name]).status === 0)
  skip(!there, 'needs gnome-keyring and dbus: apt-get install gnome-keyring dbus')
  const home = mkdtempSync(join(tmpdir(), 'styx-keyring-'))
  const unlocked = 'printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; exec "$@"'
  try {
    const seen = await use({ ...process.env, HOME: home }, ['dbus-run-session', '--', 'sh', '-c', unlocked, 'sh'])
    expect(seen).toEqual({ kept: 'keyring', why: '', read: 'pässword', none: null, removed: null })
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
})
