import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench } from './bench.ts'
import { startEngine } from './engine-client.ts'
import { openSession } from './terminal-session.ts'

const LINES = 5_000_000 // of 100 bytes each
const LOOK_MS = 100

/** What 500 MB through one terminal, parsed by its reader, add to the engine's memory at the worst moment. */
export const terminalMemory: Bench = {
  name: 'engine memory while 500 MB are printed',
  unit: 'MiB added',
  runs: 1,
  goal: { is: 'at-most', limit: 64 },
  open: async () => {
    const engine = await startEngine()
    const session = await openSession(engine)
    return {
      ours: {
        name: 'Styx',
        run: async () => {
          const before = await engine.rss_MiB()
          let [most, over] = [0, false]
          const end = session.shows('the-end').then(() => {
            over = true
          })
          session.type(`yes ${'x'.repeat(98)} | head -n ${LINES}; echo the-''end\n`)
          while (!over) {
            most = Math.max(most, await engine.rss_MiB())
            await sleep(LOOK_MS)
          }
          await end
          return most - before
        },
      },
      close: async () => {
        await session.close()
        await engine.close()
      },
    }
  },
}
