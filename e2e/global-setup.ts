import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { electronProblem } from './electron.ts'

/** A screen of its own for Electron, where the machine has none. Its name goes to the workers by DISPLAY. */
export default async function globalSetup() {
  if (electronProblem() || process.env.DISPLAY) return
  const screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1600x1000x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  })
  const said = screen.stdio[3]
  if (!said) throw new Error('Xvfb was started without its pipe')
  const [bytes] = await once(said, 'data', { signal: AbortSignal.timeout(20_000) })
  process.env.DISPLAY = `:${String(bytes).trim()}`
  return () => screen.kill()
}
