import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench } from './bench.ts'
import { PROMPT, startEngine } from './engine-client.ts'
import { newXterm, openSession } from './terminal-session.ts'

const MEASURED_MS = 3_000
const MB = 1e6

/** What xterm shows of an endless program in a second, over the engine, against what it parses when all bytes lie in memory. */
const flood = (name: string, command: string): Bench => ({
  name: `${name} through the terminal`,
  unit: 'MB/s',
  runs: 4,
  goal: { is: 'ratio-at-least', limit: 0.9 },
  open: async () => {
    const engine = await startEngine()
    const session = await openSession(engine)
    const bytes = await sample(command)
    return {
      ours: {
        name: 'Styx',
        run: async () => {
          session.type(`${command}\n`)
          await sleep(300)
          const [at, from] = [session.parsed(), performance.now()]
          await sleep(MEASURED_MS)
          const rate = (session.parsed() - at) / MB / ((performance.now() - from) / 1000)
          const prompt = session.shows(PROMPT)
          session.type('\x03')
          await prompt
          return rate
        },
      },
      against: { name: 'xterm.js alone', run: () => parseRate(bytes) },
      close: async () => {
        await session.close()
        await engine.close()
      },
    }
  },
})

export const terminalYes = flood('yes', 'yes')
export const terminalBase64 = flood('base64', 'base64 /dev/urandom')

/** 4 MB of what the command prints, with the line ends that a terminal makes of it. */
async function sample(command: string): Promise<Buffer> {
  const child = spawn('sh', ['-c', `${command} | head -c 4000000 | sed 's/$/\\r/'`])
  const parts: Buffer[] = []
  for await (const part of child.stdout) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

async function parseRate(bytes: Buffer): Promise<number> {
  const xterm = newXterm()
  const from = performance.now()
  let done = 0
  for (let at = 0; performance.now() - from < MEASURED_MS; at = (at + 65_536) % bytes.length) {
    const chunk = bytes.subarray(at, at + 65_536)
    await new Promise<void>((resolve) => xterm.write(chunk, resolve))
    done += chunk.length
  }
  xterm.dispose()
  return done / MB / ((performance.now() - from) / 1000)
}
