import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from '@playwright/test'
import { browserLaunchOptions } from '../../e2e/browser.ts'
import type { Bench, Goal } from './bench.ts'

const root = join(import.meta.dirname, '../..')

/** From the start of the host's process to the board with this machine's first live reading, against the same host with an empty page. */
export const start = startBench('start until the board is painted with live data', firstReading, {
  is: 'ratio-at-most',
  limit: 1.5,
})

/** The use of a core is a difference of two readings, so it comes with the second. */
export const startCores = startBench('start until the use of the cores is shown', secondReading, { is: 'none', limit: 0 })

/** Runs in the page: memory comes with the first sample, and is on the screen only as "2.1 of 23.5 GiB". */
function firstReading(): boolean {
  return /\d of [\d.]+ GiB/.test(document.body.textContent)
}

/** Runs in the page. */
function secondReading(): boolean {
  return /use of cores in percent: \d/.test(document.body.textContent)
}

const pageIsEmpty = () => document.title === 'empty'

function startBench(name: string, condition: () => boolean, goal: Goal): Bench {
  return {
    name,
    unit: 'ms',
    runs: 7,
    goal,
    open: async () => {
      const browser = await chromium.launch(browserLaunchOptions(false))
      const empty = await withEmptyPage()
      return {
        ours: { name: 'Styx', run: () => timeStart(browser, root, condition) },
        against: { name: 'an empty page', run: () => timeStart(browser, empty, pageIsEmpty) },
        close: async () => {
          await browser.close()
          await rm(empty, { recursive: true, force: true })
        },
      }
    },
  }
}

/** This installation, with nothing on its page. */
async function withEmptyPage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'styx-empty-'))
  for (const part of ['package.json', 'resources', 'out/main'])
    await cp(join(root, part), join(folder, part), { recursive: true })
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await mkdir(join(folder, 'out/renderer'))
  await writeFile(join(folder, 'out/renderer/index.html'), '<!doctype html><title>empty</title><p>empty</p>')
  return folder
}

/** One start on a fresh state folder, in a fresh browser profile: ms until the condition holds and a frame with it was painted. */
async function timeStart(browser: Browser, installation: string, condition: () => boolean): Promise<number> {
  const home = await mkdtemp(join(tmpdir(), 'styx-bench-'))
  const page = await browser.newPage()
  const from = performance.now()
  const child = spawn(process.execPath, [join(installation, 'out/main/serve.js'), '--port', '0', '--no-open'], {
    env: { PATH: process.env.PATH, HOME: home, STYX_HOME: join(home, 'state'), LANG: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    let out = ''
    while (!/http:\/\/127\.0\.0\.1:\d+\/\S+/.test(out)) out += String((await once(child.stdout, 'data'))[0])
    await page.goto(/http:\/\/127\.0\.0\.1:\d+\/\S+/.exec(out)?.[0] ?? '', { waitUntil: 'commit' })
    await page.waitForFunction(condition, null, { polling: 'raf' })
    await page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted))))
    return performance.now() - from
  } finally {
    await page.close()
    const ended = once(child, 'exit')
    child.kill('SIGINT')
    await ended
    await rm(home, { recursive: true, force: true })
  }
}
