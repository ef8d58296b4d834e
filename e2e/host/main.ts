import { join } from 'node:path'
import { app, BrowserWindow, ipcMain, protocol } from 'electron'
import { createConformanceEngine } from '../../src/main/hosts/conformance-engine.ts'
import { createPortHost } from '../../src/main/hosts/message-port.ts'
import { loadPages } from '../../src/main/hosts/pages.ts'
import { APP_ORIGIN, APP_SCHEME } from '../../src/main/window.ts'

// An Electron app of the host alone: the real preload and the real ports, with the conformance engine behind them and page.ts in front.
// electron-host.spec.ts builds it, with these two folders as its environment.
const { STYX_TEST_PAGES = '', STYX_TEST_PRELOAD = '' } = process.env

async function main() {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ])
  app.setPath('userData', join(STYX_TEST_PAGES, '..', 'profile'))
  await app.whenReady()
  const pages = await loadPages(STYX_TEST_PAGES)
  protocol.handle(APP_SCHEME, ({ url }) => {
    const { body, status, headers } = pages(new URL(url).pathname)
    return new Response(body, { status, headers })
  })
  const serve = createPortHost(createConformanceEngine())
  ipcMain.on('styx:connect', ({ ports: [contract, bytes] }) => {
    if (contract && bytes) serve(contract, bytes)
  })
  const window = new BrowserWindow({
    webPreferences: { preload: STYX_TEST_PRELOAD, sandbox: true, contextIsolation: true, nodeIntegration: false },
  })
  await window.loadURL(`${APP_ORIGIN}/`)
}

void main()
