import { createLogs } from '../../src/main/logs/logs.ts'
import { createLogStore } from '../../src/main/logs/store.ts'
import type { Bench } from './bench.ts'
import { LINES, LOG, tenMillionLines } from './log-lines.ts'

const never = new AbortController().signal
const rss_MiB = () => process.memoryUsage.rss() / 2 ** 20

/** What opening, jumping about in and searching it add to the process that does it, its search thread included, at the worst moment. */
export const logMemory: Bench = {
  name: 'log of 10 M lines, memory',
  unit: 'MiB added',
  runs: 3,
  goal: { is: 'at-most', limit: 64 },
  open: async () => {
    const folder = await tenMillionLines()
    return {
      ours: {
        name: 'Styx',
        run: async () => {
          const before = rss_MiB()
          let most = before
          const look = setInterval(() => {
            most = Math.max(most, rss_MiB())
          }, 5)
          const store = createLogStore({ folder })
          const logs = createLogs(store)
          for (const streams of [null, ['r0.err']]) {
            const { lines } = await logs.info({ log: LOG, streams })
            for (let jump = 0; jump < 50; jump++)
              await logs.lines({ log: LOG, streams }, Math.floor((lines * jump) / 50), 200, never)
          }
          for await (const { done } of logs.search(
            { log: LOG, streams: null },
            { text: `of ${LINES}`, regex: false, caseSensitive: true },
            never,
          ))
            if (done) most = Math.max(most, rss_MiB())
          clearInterval(look)
          await logs.close()
          await store.close()
          return most - before
        },
      },
      close: async () => {},
    }
  },
}
