import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Opens the address in the user's default browser, where there is one and a display for it; says nothing otherwise. */
export function openBrowser(url: string): void {
  const command = opener()
  if (!command) return
  const [program, ...args] = command
  const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true })
  child.on('error', () => {}) // the link was printed: the user opens it
  child.unref()
}

function opener(): [string, ...string[]] | null {
  if (process.platform === 'darwin') return ['open']
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler']
  const display = process.env.DISPLAY || process.env.WAYLAND_DISPLAY
  return display && isOnPath('xdg-open') ? ['xdg-open'] : null
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
