import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, type Browser, chromium, expect, type Page } from '@playwright/test'
import { browserLaunchOptions } from './browser.ts'
import { electronProblem } from './electron.ts'
import { startElectron } from './electron-app.ts'
import { startWeb } from './web-app.ts'

export { expect }

export type HostOption = {
  host: 'web' | 'electron'
  /** Off by default: the terminal then draws into the DOM, where its text can be read as any other. */
  webgl: boolean
}

/** Folders of one test alone: nothing of the user's own home is read or written. */
export type Homes = { stateFolder: string; userHome: string }

/** A running engine and its screen, signed in. */
export type RunningApp = {
  page: Page
  /** The engine's process, which `kill -9` is for. */
  pid: number
  kill(): Promise<void>
  /** As the user quits. Throws when it does not end by itself within 10 s. */
  quit(): Promise<void>
}

export type Styx = Homes & {
  /** The current window; another one after `start()` on Electron. */
  readonly page: Page
  readonly pid: number
  /** kill -9 on the engine. On Electron its window goes with it; on the web the page stays and reconnects. */
  kill(): Promise<void>
  /** Starts the engine again on the same folders and signs in again. */
  start(): Promise<void>
}

type WorkerFixtures = HostOption & { browserFor: () => Promise<Browser> }

/** `styx`: the built app with homes of its own, on the host that the project names. */
export const test = base.extend<{ homes: Homes; styx: Styx }, WorkerFixtures>({
  host: ['web', { option: true, scope: 'worker' }],
  webgl: [false, { option: true, scope: 'worker' }],

  browserFor: [
    async ({ webgl }, use) => {
      let browser: Promise<Browser> | undefined
      await use(() => {
        browser ??= chromium.launch(browserLaunchOptions(webgl))
        return browser
      })
      await (await browser)?.close()
    },
    { scope: 'worker' },
  ],

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures used from this pattern
  homes: async ({}, use) => {
    const stateFolder = await mkdtemp(join(tmpdir(), 'styx-state-'))
    const userHome = await mkdtemp(join(tmpdir(), 'styx-user-'))
    await use({ stateFolder, userHome })
    await rm(stateFolder, { recursive: true, force: true })
    await rm(userHome, { recursive: true, force: true })
  },

  styx: async ({ host, webgl, homes, browserFor }, use, testInfo) => {
    const problem = host === 'electron' ? electronProblem() : null
    testInfo.skip(problem !== null, problem ?? '')
    const said: string[] = []
    const log = (text: string) => said.push(text)
    const start = host === 'web' ? await startWeb(await browserFor(), homes, log) : () => startElectron(homes, webgl, log)
    const attachLog = () => testInfo.attach('engine', { body: said.join(''), contentType: 'text/plain' })
    let app: RunningApp | null = await start().catch(async (error) => {
      await attachLog()
      throw error
    })
    const running = () => {
      if (!app) throw new Error('the engine was killed: call styx.start() first')
      return app
    }
    let page = app.page
    const faults: string[] = []
    watchFaults(page, faults)
    await use({
      ...homes,
      get page() {
        return page
      },
      get pid() {
        return running().pid
      },
      async kill() {
        const killed = running()
        app = null
        await killed.kill()
      },
      async start() {
        app = await start()
        if (page !== app.page) watchFaults(app.page, faults)
        page = app.page
      },
    })
    await app?.quit()
    expect(faults, 'errors in the page').toEqual([])
    if (testInfo.status !== testInfo.expectedStatus) await attachLog()
  },
})

/** What no user sees and no test may pass over: an exception, or something that the content security policy refused. */
function watchFaults(page: Page, faults: string[]) {
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) faults.push(message.text())
  })
}
