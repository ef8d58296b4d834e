import { Menu } from 'electron'

/** The application's menu: on macOS at the top of the screen, elsewhere for its shortcuts alone. */
export function setMenu(): void {
  const mac = process.platform === 'darwin'
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      mac ? { role: 'appMenu' } : { label: 'File', submenu: [{ role: 'quit' }] },
      { role: 'editMenu' },
      {
        label: 'View',
        submenu: [
          { role: 'reload' },
          { type: 'separator' },
          { role: 'resetZoom' },
          { role: 'zoomIn' },
          { role: 'zoomOut' },
          { type: 'separator' },
          { role: 'togglefullscreen' },
          { role: 'toggleDevTools' },
        ],
      },
      ...(mac ? [{ role: 'windowMenu' as const }] : []), // elsewhere it would take Ctrl+W from the terminal's shell
    ]),
  )
}
