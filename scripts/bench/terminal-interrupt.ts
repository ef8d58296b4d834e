import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench } from './bench.ts'
import { PROMPT, startEngine } from './engine-client.ts'
import { openSession } from './terminal-session.ts'

/** Ctrl-C while yes floods: until the next prompt was parsed. */
export const terminalInterrupt: Bench = {
  name: 'Ctrl-C under yes, until the prompt is shown',
  unit: 'ms',
  runs: 10,
  goal: { is: 'at-most', limit: 100 },
  open: async () => {
    const engine = await startEngine()
    const session = await openSession(engine)
    return {
      ours: {
        name: 'Styx',
        run: async () => {
          session.type('yes\n')
          await sleep(1000)
          const prompt = session.shows(PROMPT)
          const from = performance.now()
          session.type('\x03')
          await prompt
          return performance.now() - from
        },
      },
      close: async () => {
        await session.close()
        await engine.close()
      },
    }
  },
}
