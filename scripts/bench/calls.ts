import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import type { Bench } from './bench.ts'
import { startEngine } from './engine-client.ts'

const CALLS = 10_000
/** As many wait for their answers at a time. */
const AT_ONCE = 50
/** As long as the request of the call that is measured. */
const MESSAGE = JSON.stringify({ i: '1234', p: { u: '/clusters/list', b: {} } })

/** 10,000 calls with their schemas, database and answers, against as many messages to a server that only echoes. */
export const calls: Bench = {
  name: '10,000 contract calls',
  unit: 'ms',
  runs: 5,
  goal: { is: 'none', limit: 0 },
  open: async () => {
    const engine = await startEngine()
    const server = spawn(process.execPath, [join(import.meta.dirname, 'echo-server.child.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const port = String((await once(server.stdout, 'data'))[0]).trim()
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false })
    await once(socket, 'open')
    const answers: (() => void)[] = []
    socket.on('message', () => answers.shift()?.())
    const echo = () =>
      new Promise<void>((resolve) => {
        answers.push(resolve)
        socket.send(MESSAGE)
      })
    return {
      ours: { name: 'Styx', run: () => time(() => engine.api.clusters.list()) },
      against: { name: 'raw WebSocket echo', run: () => time(echo) },
      close: async () => {
        socket.terminate()
        server.kill()
        await engine.close()
      },
    }
  },
}

async function time(call: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  let left = CALLS
  const worker = async () => {
    while (left-- > 0) await call()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return performance.now() - from
}
