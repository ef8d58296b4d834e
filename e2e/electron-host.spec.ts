import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, type ElectronApplication, type Page } from '@playwright/test'
import { build } from 'vite'
import { checks } from '../src/main/hosts/conformance.ts'
import { electronProblem } from './electron.ts'
import { expect, test } from './fixtures.ts'

// The conformance suite of src/main/hosts over Electron's own ports; over WebSockets and over Node's ports vitest runs the same checks.

const root = join(import.meta.dirname, '..')
let folder: string
let app: ElectronApplication
let page: Page

test.beforeAll(async () => {
  if (electronProblem()) return
  folder = await mkdtemp(join(tmpdir(), 'styx-host-'))
  await mkdir(join(folder, 'pages'))
  const shared = { root: folder, configFile: false, logLevel: 'warn', build: { emptyOutDir: false, minify: false } } as const
  await build({
    ...shared,
    build: {
      ...shared.build,
      ssr: true,
      outDir: join(folder, 'main'),
      rolldownOptions: {
        input: join(root, 'e2e/host/main.ts'),
        external: ['electron', 'better-sqlite3'],
        output: { entryFileNames: 'main.mjs' },
      },
    },
    ssr: { noExternal: true },
  })
  await build({
    ...shared,
    build: {
      ...shared.build,
      outDir: join(folder, 'pages'),
      rolldownOptions: { input: join(root, 'e2e/host/page.ts'), output: { entryFileNames: 'page.js' } },
    },
  })
  await writeFile(join(folder, 'pages/index.html'), '<!doctype html><script type="module" src="/page.js"></script>')
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'host', main: 'main/main.mjs', type: 'module' }))
  app = await _electron.launch({
    executablePath: process.env.STYX_ELECTRON ?? '',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    env: {
      PATH: process.env.PATH ?? '',
      DISPLAY: process.env.DISPLAY ?? '',
      HOME: folder,
      APP_UNDER_TEST: folder,
      STYX_TEST_PAGES: join(folder, 'pages'),
      STYX_TEST_PRELOAD: join(root, 'out/preload/index.cjs'),
    },
  })
  page = await app.firstWindow()
  await page.waitForFunction(() => 'runInPage' in window) // not as text: that is evaluated in the page, and its CSP refuses it
})

test.afterAll(async () => {
  await app?.close()
  if (folder) await rm(folder, { recursive: true, force: true })
})

for (const { name } of checks)
  test(name, async () => {
    const problem = electronProblem()
    test.skip(problem !== null, problem ?? '')
    expect(await page.evaluate(`runInPage(${JSON.stringify(name)})`)).toBe('')
  })

test('a page that reloads, and one that is thrown away, leave nothing open on the engine', async () => {
  const problem = electronProblem()
  test.skip(problem !== null, problem ?? '')
  for (const leave of [() => page.reload(), () => page.goto('about:blank')]) {
    await page.evaluate('openAndStay()')
    expect(await page.evaluate('seen()')).toEqual({ streams: 1, readers: 1 })
    await leave()
    if (page.url() !== 'app://styx/') await page.goto('app://styx/')
    await page.waitForFunction('window.seen')
    await expect.poll(() => page.evaluate('seen()')).toEqual({ streams: 0, readers: 0 })
  }
})
