import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Browser } from '@playwright/test'
import type { Homes, RunningApp } from './fixtures.ts'

const root = join(import.meta.dirname, '..')

/**
 * Starts of the web host on one port and one browser context, so that an open page meets its engine again.
 * @returns what starts it, once for each call, and leaves the page signed in.
 */
export async function startWeb(browser: Browser, homes: Homes, log: (text: string) => void) {
  const port = await freePort()
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
  const page = await context.newPage()
  return async (): Promise<RunningApp> => {
    const { child, link } = await serve(port, homes, log)
    await page.goto(link)
    return {
      page,
      pid: child.pid ?? 0,
      kill: () => end(child, 'SIGKILL'),
      async quit() {
        await context.close()
        await end(child, 'SIGINT')
      },
    }
  }
}

/** The built web host as a process of its own, once it has printed its sign-in link. */
export async function serve(port: number, homes: Homes, log: (text: string) => void) {
  const child = spawn(process.execPath, ['out/main/serve.js', '--port', String(port), '--no-open'], {
    cwd: root,
    env: cleanEnv(homes),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const link = new Promise<string>((resolve, reject) => {
    let out = ''
    const read = (chunk: Buffer) => {
      log(String(chunk))
      out += chunk
      const found = /http:\/\/127\.0\.0\.1:\d+\/\S*/.exec(out)
      if (found) resolve(found[0])
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('exit', (code, signal) => reject(new Error(`the web host ended with ${code ?? signal} and said: ${out}`)))
    AbortSignal.timeout(20_000).addEventListener('abort', () => reject(new Error(`no link after 20 s; it said: ${out}`)))
  })
  return { child, link: await link }
}

/** The environment of a user with these homes, and nothing of the one who runs the tests. */
export function cleanEnv(homes: Homes): Record<string, string> {
  return {
    // The user's own programs come first: a test may put one there.
    PATH: `${join(homes.userHome, 'bin')}:${process.env.PATH ?? ''}`,
    HOME: homes.userHome,
    STYX_HOME: homes.stateFolder,
    SHELL: '/bin/bash',
    LANG: 'C.UTF-8',
    ...(process.env.DISPLAY ? { DISPLAY: process.env.DISPLAY } : {}),
  }
}

/** Ends a process; throws when it is still there 10 s later. */
async function end(child: ChildProcess, signal: 'SIGINT' | 'SIGKILL') {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit', { signal: AbortSignal.timeout(10_000) })
  child.kill(signal)
  await exited.catch(() => {
    child.kill('SIGKILL')
    throw new Error(`the engine did not end within 10 s of ${signal}`)
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (!address || typeof address === 'string') throw new Error('no free port')
  return address.port
}
