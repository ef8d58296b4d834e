import { setTimeout as sleep } from 'node:timers/promises'
import { type IPty, spawn } from '@lydell/node-pty'
import type { Bench, Opened } from './bench.ts'
import { startEngine } from './engine-client.ts'
import { quantile, timed } from './measure.ts'
import { openSession, type Session } from './terminal-session.ts'

const KEYS = 200
/** A fast typist's keys are 60 ms apart; a held key's 30. */
const APART_MS = 12
/** A program that answers each key with its capital, at once; what the terminal itself would echo is off. */
export const PROGRAM = `stty raw -echo; echo rea''dy; exec python3 -c 'while 1: __import__("os").write(1, __import__("os").read(0, 1).upper())'`

/** From the key to its answer, parsed by xterm: over the engine, its WebSocket and its log, against a PTY in this process. */
export const terminalEcho: Bench = {
  name: 'keystroke echo, p99',
  unit: 'ms',
  runs: 5,
  goal: { is: 'added-at-most', limit: 3 },
  open: async () => {
    const engine = await startEngine()
    const session = await openSession(engine)
    const { close, ...sides } = await echoOf(session, 'a bare PTY', () => spawn('bash', ['-c', PROGRAM], { cols: 120, rows: 30 }))
    return {
      ...sides,
      close: async () => {
        await close()
        await engine.close()
      },
    }
  },
}

/** Keys and their answers through a session, and through a PTY in which `start` starts the same program. Closes both. */
export async function echoOf(session: Session, name: string, start: () => IPty): Promise<Required<Opened>> {
  const ready = session.shows('ready')
  session.type(`${PROGRAM}\n`)
  await ready
  const bare = start()
  await new Promise<void>((resolve) => bare.onData((text) => text.includes('ready') && resolve()))
  let answer = (_text: string) => {}
  bare.onData((text) => answer(text))
  return {
    ours: {
      name: 'Styx',
      run: () =>
        p99(async (key) => {
          const answered = session.shows(key.toUpperCase())
          session.type(key)
          await answered
        }),
    },
    against: {
      name,
      run: () =>
        p99(async (key) => {
          const answered = new Promise<void>((resolve) => {
            answer = (text) => text.includes(key.toUpperCase()) && resolve()
          })
          bare.write(key)
          await answered
        }),
    },
    close: async () => {
      bare.kill('SIGKILL')
      await session.close()
    },
  }
}

/** The slowest but one in a hundred of the answers to keys, ms. */
async function p99(press: (key: string) => Promise<void>): Promise<number> {
  const took: number[] = []
  for (let i = 0; i < KEYS; i++) {
    took.push(await timed(() => press(String.fromCharCode(97 + (i % 26)))))
    await sleep(APART_MS)
  }
  return quantile(
    took.toSorted((a, b) => a - b),
    0.99,
  )
}
