import { join } from 'node:path'
import { app, BrowserWindow, dialog, ipcMain, Notification, nativeTheme, protocol, shell } from 'electron'
import { errorDataOf } from '../shared/error.ts'
import { pageOfEvent } from '../shared/event.ts'
import type { Engine } from './engine.ts'
import { answerDownload, isDownload, type Streamed } from './hosts/downloads.ts'
import { createPortHost } from './hosts/message-port.ts'
import { stateFolder } from './hosts/owner.ts'
import { type Page, type Pages, textPage } from './hosts/pages.ts'
import { serveWeb, type WebHost } from './hosts/web-server.ts'
import { setMenu } from './menu.ts'
import { DEFAULT_PORT } from './serve-options.ts'
import { type Started, startEngine } from './start-engine.ts'
import { hasTray, openTray } from './tray.ts'
import { APP_ORIGIN, APP_SCHEME, focusWindow, openWindow } from './window.ts'

// The Electron entry: the engine in the main process, and what only Electron has around it.

type Running = Extract<Started, { is: 'running' }>

const root = join(import.meta.dirname, '..', '..')
const icon = join(root, 'resources', 'icon.png')
/** What ends cleanly takes well under a second; after this it is stuck. */
const END_MS = 10_000

async function main() {
  // Before `ready`: later it has no effect. A standard, secure scheme has an origin, so that the CSP's 'self' and fetch work.
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ])
  app.setPath('userData', join(stateFolder(), 'desktop'))
  app.setAppUserModelId('dev.styx.desktop') // Windows shows notices only for an app that has one
  await app.whenReady()

  const started = await startEngine(root, { do: 'focus' })
  if (started.is === 'handed-over') {
    process.stdout.write(`${started.answer.say}\n`)
    if (started.answer.link) await shell.openExternal(started.answer.link)
    return app.exit(0)
  }
  await run(started)
}

async function run(started: Running) {
  const { engine, pages } = started
  nativeTheme.themeSource = engine.settings().theme
  setMenu()
  servePages(pages, engine)

  let window: BrowserWindow | null = null
  let web: WebHost | null = null
  let ending = false
  const show = (path?: string) => {
    if (!window) return open(path)
    focusWindow(window)
    if (path) window.webContents.send('styx:go', path)
  }
  const open = (path?: string) => {
    const { shouldUseDarkColors } = nativeTheme
    window = openWindow({
      stateFolder: stateFolder(),
      preload: join(root, 'out/preload/index.cjs'),
      dark: shouldUseDarkColors,
      icon,
      path,
    })
    window.on('close', (event) => {
      if (ending || !hides) return
      event.preventDefault()
      // The desktop's tray may be gone since: a hidden window would be lost.
      void hasTray().then((has) => (has ? window?.hide() : app.quit()))
    })
    window.on('closed', () => {
      window = null
    })
  }
  const tray = await openTray(
    icon,
    () => show(),
    () => app.quit(),
  )
  // On macOS the dock brings it back.
  const hides = tray !== null || process.platform === 'darwin'

  const servePorts = createPortHost(engine)
  ipcMain.on('styx:connect', ({ senderFrame, ports }) => {
    const [contract, bytes] = ports
    const ours = senderFrame !== null && senderFrame === window?.webContents.mainFrame && senderFrame.origin === APP_ORIGIN
    if (ours && contract && bytes) servePorts(contract, bytes)
    else for (const port of ports) port.close()
  })

  started.answerWith(async (request) => {
    if (request.do === 'focus') {
      show()
      return { say: 'Styx runs already: its window was brought to the front.', link: null }
    }
    web ??= await serveWeb(engine, { pages, port: DEFAULT_PORT, elsewhere: true, host: '127.0.0.1', tls: null, names: [] })
    const link = web.link()
    return { say: `Styx runs already as a desktop window; it is now served too on ${link}`, link }
  })

  app.on('activate', () => show())
  app.on('window-all-closed', () => {
    if (!hides) app.quit()
  })
  app.on('before-quit', (event) => {
    event.preventDefault()
    if (ending) return
    ending = true
    void end()
  })
  async function end() {
    setTimeout(() => app.exit(1), END_MS).unref()
    for (const open of BrowserWindow.getAllWindows()) open.destroy()
    tray?.destroy()
    await web?.close()
    await started.close()
    app.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => (ending ? app.exit(130) : app.quit()))
  void engine.quitAsked.then(() => app.quit())
  void notify(engine, show)
  open()
}

/** The app's pages under app://styx, from memory, and what it offers for download. */
function servePages(pages: Pages, engine: Engine) {
  protocol.handle(APP_SCHEME, async ({ url, method, signal }) => {
    const { host, pathname, searchParams } = new URL(url)
    if (host !== 'styx' || method !== 'GET') return response(textPage(404, 'Not found.'))
    if (!isDownload(pathname)) return response(pages(pathname))
    return response(await answerDownload(engine.openDownload, pathname, searchParams, signal))
  })
}

function response({ status, headers, body }: Page | Streamed): Response {
  return new Response(body instanceof Uint8Array ? body : ReadableStream.from(body), { status, headers })
}

/** What ends well, fails or needs the user is said by the desktop while no window of ours is looked at. */
async function notify(engine: Engine, show: (path: string) => void) {
  // One for each cluster, as on the screen. Held: a click on one that was collected would be lost.
  const shown = new Map<string, Notification>()
  for await (const event of engine.events.subscribe(new AbortController().signal)) {
    if (event.level === 'info' || !engine.settings().notifications) continue
    if (BrowserWindow.getFocusedWindow() || !Notification.isSupported()) continue
    const key = event.clusterId ?? ''
    shown.get(key)?.close()
    const notice = new Notification({ title: event.clusterName ?? 'Styx', body: event.text, icon })
    shown.set(key, notice)
    notice.on('click', () => show(pageOfEvent(event)))
    notice.on('close', () => shown.get(key) === notice && shown.delete(key))
    notice.show()
  }
}

/** Says what went wrong, on the terminal and in a box, and ends. What ran on machines goes on; operations go on at the next start. */
function fail(error: unknown) {
  const { code, what, where, why, suggestion, detail } = errorDataOf(error)
  const text = [where, why, suggestion, code === 'unexpected' ? detail : ''].filter(Boolean).join('\n')
  process.stderr.write(`${what}\n${text}\n`)
  if (app.isReady()) dialog.showErrorBox(what, text)
  app.exit(1)
}

process.on('uncaughtException', fail) // Electron's own way is to show a box and go on in whatever state it is
main().catch(fail)
