import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type LaunchOptions } from '@playwright/test'

/** Without a GPU Chromium draws WebGL by SwiftShader, if it is asked to. */
const SOFTWARE_WEBGL = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist']

/**
 * How Playwright starts a browser here: its own if it was downloaded, else the system's, else the one that npm brings
 * (which needs no system library). Unpacks the last at its first use, about 2 s.
 */
export function browserLaunchOptions(webgl: boolean): LaunchOptions {
  const own = chromium.executablePath()
  return {
    executablePath: existsSync(own) ? own : (systemBrowser() ?? npmBrowser()),
    // Chromium refuses to run as root with its sandbox. The pages opened here are our own.
    chromiumSandbox: false,
    args: webgl ? SOFTWARE_WEBGL : ['--disable-3d-apis'],
  }
}

function systemBrowser(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const names = ['chromium', 'chromium-browser', 'google-chrome']
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path))
}

/** Unpacked in a folder of this checkout, not in /tmp, where another user's file of the same name would be run. */
function npmBrowser(): string {
  const folder = join(import.meta.dirname, '../.cache/chromium')
  if (!existsSync(folder)) {
    mkdirSync(join(import.meta.dirname, '../.cache'), { recursive: true })
    const fresh = mkdtempSync(join(import.meta.dirname, '../.cache/chromium-'))
    const script = join(import.meta.dirname, 'unpack-browser.ts')
    const done = spawnSync(process.execPath, [script], { env: { ...process.env, TMPDIR: fresh }, encoding: 'utf8' })
    if (done.status !== 0) throw new Error(`The browser in @sparticuz/chromium could not be unpacked: ${done.stderr}`)
    keepFirst(fresh, folder)
  }
  return join(folder, 'chromium')
}

/** Two runs may unpack at once; the first one's folder stays. */
function keepFirst(fresh: string, folder: string) {
  try {
    renameSync(fresh, folder)
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
}
