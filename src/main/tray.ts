import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Menu, Tray } from 'electron'

const WATCHER_MS = 2_000

/** Shows Styx in the tray, where the desktop has one; null where it has none: then a closed window could not be found again. */
export async function openTray(icon: string, open: () => void, quit: () => void): Promise<Tray | null> {
  if (!(await hasTray())) return null
  const tray = new Tray(icon)
  tray.setToolTip('Styx')
  tray.setContextMenu(
    Menu.buildFromTemplate([{ label: 'Open Styx', click: open }, { type: 'separator' }, { label: 'Quit', click: quit }]),
  )
  tray.on('click', open)
  return tray
}

/** Windows and macOS always have one. On Linux somebody must show StatusNotifierItems: GNOME, for one, does not by itself. */
export async function hasTray(): Promise<boolean> {
  if (process.platform !== 'linux') return true
  const call = ['call', '--session', '--dest', 'org.kde.StatusNotifierWatcher', '--object-path', '/StatusNotifierWatcher']
  const read = [
    '--method',
    'org.freedesktop.DBus.Properties.Get',
    'org.kde.StatusNotifierWatcher',
    'IsStatusNotifierHostRegistered',
  ]
  try {
    const { stdout } = await promisify(execFile)('gdbus', [...call, ...read], { timeout: WATCHER_MS })
    return stdout.includes('true')
  } catch {
    return false
  }
}
