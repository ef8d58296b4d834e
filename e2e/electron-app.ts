import { once } from 'node:events'
import { join } from 'node:path'
import { _electron } from '@playwright/test'
import type { Homes, RunningApp } from './fixtures.ts'
import { cleanEnv } from './web-app.ts'

const root = join(import.meta.dirname, '..')

/** The app in the Electron that STYX_ELECTRON names (see electron.ts for whether that can be). */
export async function startElectron(homes: Homes, webgl: boolean, log: (text: string) => void): Promise<RunningApp> {
  const app = await _electron.launch({
    timeout: 30_000,
    executablePath: process.env.STYX_ELECTRON ?? '',
    // As root Chromium's own sandbox cannot work; the app itself never asks for this.
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ...(webgl ? [] : ['--disable-gpu', '--disable-software-rasterizer']),
    ],
    cwd: root,
    env: { ...cleanEnv(homes), APP_UNDER_TEST: root },
  })
  const child = app.process()
  child.stdout?.on('data', (chunk) => log(String(chunk)))
  child.stderr?.on('data', (chunk) => log(String(chunk)))
  const page = await app.firstWindow({ timeout: 20_000 })
  return {
    page,
    pid: child.pid ?? 0,
    async kill() {
      const exited = once(child, 'exit', { signal: AbortSignal.timeout(10_000) })
      child.kill('SIGKILL')
      await exited
    },
    quit: () => app.close(),
  }
}
