import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { app, BrowserWindow, type Rectangle, screen, shell } from 'electron'
import * as z from 'zod'

/** Where the app's own pages live. */
export const APP_SCHEME = 'app'
export const APP_ORIGIN = `${APP_SCHEME}://styx`

const SIZE = { width: 1440, height: 900 }
/** `--window` of renderer/ui/tokens.css, so that no white flashes before the first paint. */
const GROUND = { dark: '#0b0e13', light: '#f5f6f8' }
/** A page that crashes again sooner than this is left as it is. */
const CRASH_AGAIN_MS = 10_000
const SAVE_AFTER_MS = 500

const windowState = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number(), maximized: z.boolean() })

type Options = { stateFolder: string; preload: string; dark: boolean; icon: string; path: string | undefined }

/** Opens the app's window where it was left, at a page of the app. */
export function openWindow(options: Options): BrowserWindow {
  const file = join(options.stateFolder, 'window.json')
  const state = readState(file)
  const window = new BrowserWindow({
    ...(state ?? SIZE),
    minWidth: 720,
    minHeight: 480,
    show: false,
    title: 'Styx',
    icon: options.icon,
    backgroundColor: options.dark ? GROUND.dark : GROUND.light,
    webPreferences: {
      preload: options.preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false, // it would fetch dictionaries
      backgroundThrottling: false, // a hidden window must not hold back a terminal's credit
    },
  })
  if (state?.maximized) window.maximize()
  window.setMenuBarVisibility(false) // its shortcuts work all the same; on macOS the menu is not in the window
  window.once('ready-to-show', () => window.show())
  confine(window)
  reloadAfterCrash(window)
  keepState(window, file)
  void window.loadURL(`${APP_ORIGIN}${options.path ?? '/'}`)
  return window
}

/** Brings the window to the front, whatever it is behind. */
export function focusWindow(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore()
  window.show()
  window.focus()
}

/** The page stays the app: it opens no window, goes nowhere, and is given no permission but writing to the clipboard. */
function confine(window: BrowserWindow) {
  const { webContents } = window
  webContents.setWindowOpenHandler(({ url }) => {
    openOutside(url)
    return { action: 'deny' }
  })
  webContents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame || !isOurs(event.url)) event.preventDefault()
  })
  webContents.on('will-attach-webview', (event) => event.preventDefault())
  webContents.session.on('will-download', (event, item) => {
    if (!isOurs(item.getURL().replace(/^blob:/, '')))
      event.preventDefault() // a blob is what the page itself made
    else if (item.getSavePath() === '')
      item.setSaveDialogOptions({ defaultPath: join(app.getPath('downloads'), item.getFilename()) })
  })
  const allowed = new Set(['clipboard-sanitized-write', 'clipboard-read'])
  webContents.session.setPermissionRequestHandler((_contents, permission, decide, { requestingUrl }) =>
    decide(allowed.has(permission) && isOurs(requestingUrl ?? '')),
  )
  webContents.session.setPermissionCheckHandler((_contents, permission, origin) => allowed.has(permission) && isOurs(origin))
}

const isOurs = (url: string) => url === APP_ORIGIN || url.startsWith(`${APP_ORIGIN}/`)

/** Opens a link of the page in the user's browser: http and https alone, for other schemes start programs. */
function openOutside(text: string) {
  if (!URL.canParse(text)) return
  const url = new URL(text)
  if (['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '')
    shell.openExternal(url.href).catch(() => {}) // no browser: nothing to say it with
}

/** The engine is well when its page crashes: the page is opened again. */
function reloadAfterCrash(window: BrowserWindow) {
  let last = 0
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit' || Date.now() - last < CRASH_AGAIN_MS) return
    last = Date.now()
    window.reload()
  })
}

function keepState(window: BrowserWindow, file: string) {
  let timer: ReturnType<typeof setTimeout> | undefined
  const save = () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      if (window.isDestroyed()) return
      const state = { ...window.getNormalBounds(), maximized: window.isMaximized() }
      // Where it was is a comfort: that it could not be written is no news.
      writeFile(`${file}.new`, JSON.stringify(state), { mode: 0o600 })
        .then(() => rename(`${file}.new`, file))
        .catch(() => {})
    }, SAVE_AFTER_MS)
  }
  window.on('resize', save)
  window.on('move', save)
  window.on('maximize', save)
  window.on('unmaximize', save)
  window.on('closed', () => clearTimeout(timer))
}

/** Null when nothing was kept, or no screen shows that place any more. */
function readState(file: string) {
  try {
    const state = windowState.parse(JSON.parse(readFileSync(file, 'utf8')))
    return screen.getAllDisplays().some(({ workArea }) => overlaps(workArea, state)) ? state : null
  } catch {
    return null
  }
}

/** Is enough of the title bar on it to take hold of? */
const overlaps = (area: Rectangle, { x, y, width }: Rectangle) =>
  x + width > area.x + 100 && x < area.x + area.width - 100 && y >= area.y - 10 && y < area.y + area.height - 40
