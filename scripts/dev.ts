// npm run dev: builds, starts as `npm start` does, and does both again whenever a source changes. `npm run dev -- --web` for the browser;
// a restarted web host prints a fresh link (a cookie is good for one start alone), and only the first start opens a browser.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
/** An editor writes several files, and some twice. */
const GATHER_MS = 200

const args = process.argv.slice(2)
let app: ChildProcess | null = null
let timer: NodeJS.Timeout | undefined
let work: Promise<void> = Promise.resolve()

for (const folder of ['src', 'resources'])
  watch(join(root, folder), { recursive: true }, () => {
    clearTimeout(timer)
    timer = setTimeout(again, GATHER_MS)
  })
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void end().then(() => process.exit(0)))
again()

/** One after the other: a change in the middle of a build is built behind it. */
function again() {
  work = work.then(async () => {
    if (!(await build())) return console.log('The app that runs is left as it is; waiting for a change.')
    const first = app === null
    await end()
    app = spawn(process.execPath, [join(root, 'scripts/start.mjs'), ...args, ...(first ? [] : ['--no-open'])], {
      stdio: 'inherit',
    })
  })
}

async function build(): Promise<boolean> {
  const [code] = await once(
    spawn('npx', ['electron-vite', 'build', '--logLevel', 'warn'], { cwd: root, stdio: 'inherit' }),
    'exit',
  )
  return code === 0
}

async function end() {
  if (!app || app.exitCode !== null || app.signalCode !== null) return
  const ended = once(app, 'exit')
  app.kill('SIGTERM')
  await ended
}
