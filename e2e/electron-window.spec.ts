import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { _electron, type ElectronApplication } from '@playwright/test'
import { electronProblem } from './electron.ts'
import { expect, test as base } from './fixtures.ts'
import { isReady, launchThisMachine } from './launch.ts'
import { cleanEnv } from './web-app.ts'

// What only the desktop has: its window, its confinement, its second start and its end.

const root = join(import.meta.dirname, '..')
const binary = process.env.STYX_ELECTRON ?? ''
const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []

const test = base.extend<{ launch: () => Promise<ElectronApplication> }>({
  launch: async ({ homes }, use, testInfo) => {
    const problem = electronProblem()
    testInfo.skip(problem !== null, problem ?? '')
    const started: ChildProcess[] = []
    await use(async () => {
      const app = await _electron.launch({
        executablePath: binary,
        args,
        cwd: root,
        env: { ...cleanEnv(homes), APP_UNDER_TEST: root },
      })
      started.push(app.process()) // asked for later, of one that has ended, Playwright throws
      return app
    })
    for (const child of started.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    }
  },
})

const shown = (app: ElectronApplication) => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible())

test('the page has nothing of Node, goes nowhere, opens no window and is given no permission', async ({ launch }) => {
  const app = await launch()
  const page = await app.firstWindow()
  await expect(page.getByText('This machine').first()).toBeVisible()
  expect(page.url()).toBe('app://styx/')
  expect(await page.evaluate(() => ['require', 'process', 'module', 'Buffer'].filter((name) => name in globalThis))).toEqual([])

  const opened = app.evaluate(
    ({ shell }) =>
      new Promise<string[]>((resolve) => {
        const urls: string[] = []
        shell.openExternal = async (url) => {
          urls.push(url)
          if (url.includes('last')) resolve(urls)
        }
      }),
  )
  await page.evaluate(() => {
    for (const url of ['file:///etc/passwd', 'javascript:1', 'styx:x', 'http://user:secret@a.example/', 'https://last.example/'])
      window.open(url)
  })
  expect(await opened).toEqual(['https://last.example/'])
  expect(app.windows()).toHaveLength(1)

  for (const url of ['https://evil.example/', 'file:///etc/passwd', 'data:text/html,x', 'app://other/'])
    await page.evaluate((to) => void setTimeout(() => location.assign(to)), url)
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)))
  expect(page.url()).toBe('app://styx/')

  const states = await page.evaluate(async () => {
    const names = ['geolocation', 'camera', 'microphone', 'notifications', 'midi'] as PermissionName[]
    return Promise.all(names.map(async (name) => (await navigator.permissions.query({ name })).state))
  })
  expect(new Set(states)).toEqual(new Set(['denied']))
})

test('a second start shows the window and ends with 0; the web host gives a link of the desktop', async ({ launch, homes }) => {
  const app = await launch()
  const page = await app.firstWindow()
  await expect(page.getByText('This machine').first()).toBeVisible()
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide())
  expect(await shown(app)).toBe(false)
  const second = spawn(binary, args, { env: { ...cleanEnv(homes), APP_UNDER_TEST: root }, stdio: ['ignore', 'pipe', 'ignore'] })
  let said = ''
  second.stdout.on('data', (chunk) => {
    said += chunk
  })
  expect((await once(second, 'close'))[0]).toBe(0)
  expect(said).toContain('its window was brought to the front')
  expect(await shown(app)).toBe(true)

  const web = spawn(process.execPath, ['out/main/serve.js', '--no-open'], {
    cwd: root,
    env: cleanEnv(homes),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(web.stdout, 'data')
  const link = /http:\S+/.exec(String(line))?.[0] ?? ''
  expect((await fetch(link)).status).toBe(200)
  expect((await fetch(link)).status).toBe(401)
})

test('closing the window ends Styx where no tray could bring it back', async ({ launch, homes }) => {
  const app = await launch()
  await (await app.firstWindow()).waitForLoadState()
  const ended = once(app.process(), 'exit')
  await app.evaluate(({ BrowserWindow }) => void setTimeout(() => BrowserWindow.getAllWindows()[0]?.close()))
  expect((await ended)[0]).toBe(0)
  const left = await readdir(homes.stateFolder)
  expect(left.filter((name) => ['engine.sock', 'owner.json', 'styx.db-wal'].includes(name))).toEqual([])
})

test('SIGTERM ends it with 0, and the window comes back as it was left', async ({ launch, homes }) => {
  const bounds = { x: 40, y: 60, width: 1000, height: 700 }
  const app = await launch()
  await (await app.firstWindow()).waitForLoadState()
  await app.evaluate(({ BrowserWindow }, to) => BrowserWindow.getAllWindows()[0]?.setBounds(to), bounds)
  await expect.poll(() => readdir(homes.stateFolder)).toContain('window.json')
  const ended = once(app.process(), 'exit')
  app.process().kill('SIGTERM')
  expect((await ended)[0]).toBe(0)
  const again = await launch()
  await (await again.firstWindow()).waitForLoadState()
  expect(await again.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds())).toEqual(bounds)
})

test('a page that crashes is opened again, and the engine with all it holds stays', async ({ launch }) => {
  const app = await launch()
  await (await app.firstWindow()).waitForLoadState()
  const inPage = (code: string) =>
    app.evaluate(({ BrowserWindow }, text) => BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript(text), code)
  await inPage('window.before = true')
  await app.evaluate(
    ({ BrowserWindow }) =>
      new Promise<void>((resolve) => {
        const contents = BrowserWindow.getAllWindows()[0]?.webContents
        contents?.once('did-finish-load', () => resolve())
        contents?.forcefullyCrashRenderer()
      }),
  )
  await expect.poll(() => inPage('!window.before && document.body.textContent.includes("This machine")')).toBe(true)
})

test('a log is saved as a file, whole, under the name it was given; what is not ours is not saved', async ({ launch, homes }) => {
  const app = await launch()
  const page = await app.firstWindow()
  await launchThisMachine(page)
  await isReady(page, 'this-machine')
  const logs = join(homes.stateFolder, 'logs', 'operation')
  const [operation = ''] = await readdir(logs)
  const saved = join(homes.userHome, 'saved.log')
  const downloads = app.evaluate(
    ({ session }, path) =>
      new Promise<string[]>((resolve) => {
        const seen: string[] = []
        session.defaultSession.on('will-download', (_event, item) => {
          item.setSavePath(path)
          item.once('done', (_done, state) => {
            if (seen.push(`${item.getFilename()} ${state}`) === 2) resolve(seen)
          })
        })
      }),
    saved,
  )
  const click = (href: string) =>
    page.evaluate((to) => {
      const link = document.body.appendChild(document.createElement('a'))
      link.href = to
      link.download = ''
      link.click()
    }, href)
  await click('data:text/plain,elsewhere')
  await click(`/download/log/operation/${operation}?name=the%20launch&ansi`)
  expect(await downloads).toEqual(['download.txt cancelled', 'the launch.log completed'])
  expect(await readFile(saved, 'utf8')).toBe(await readFile(join(logs, operation, '0.log'), 'utf8'))
  expect(await readFile(saved, 'utf8')).not.toBe('')
  await isReady(page, 'this-machine') // and the page is where it was
})
