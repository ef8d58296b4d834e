import { createLogs } from '../../src/main/logs/logs.ts'
import { createLogStore } from '../../src/main/logs/store.ts'
import type { Bench } from './bench.ts'
import { LINES, LOG, tenMillionLines } from './log-lines.ts'

const PAGE = 100
const never = new AbortController().signal

/** From nothing in memory to its first lines: what a user waits for who opens the log of yesterday. */
export const logOpen: Bench = {
  name: 'log of 10 M lines, open',
  unit: 'ms',
  runs: 9,
  goal: { is: 'at-most', limit: 300 },
  open: async () => {
    const folder = await tenMillionLines()
    return {
      ours: {
        name: 'Styx',
        run: async () => {
          const store = createLogStore({ folder })
          const logs = createLogs(store)
          const from = performance.now()
          const { lines } = await logs.info({ log: LOG, streams: null })
          const page = await logs.lines({ log: LOG, streams: null }, 0, PAGE, never)
          const took = performance.now() - from
          if (lines !== LINES || page.length !== PAGE) throw new Error('the log is not whole')
          await store.close()
          return took
        },
      },
      close: async () => {},
    }
  },
}

/** The last lines of one stream of an open log, and the line of a time: what a click on "end" or on the strip does. */
export const logJump: Bench = {
  name: 'log of 10 M lines, jump to the end and to a time, in one stream',
  unit: 'ms',
  runs: 9,
  goal: { is: 'at-most', limit: 50 },
  open: async () => {
    const store = createLogStore({ folder: await tenMillionLines() })
    const logs = createLogs(store)
    const view = { log: LOG, streams: ['r0.err'] }
    const { lines, firstAt, lastAt } = await logs.info(view)
    return {
      ours: {
        name: 'Styx',
        run: async () => {
          const from = performance.now()
          const end = await logs.lines(view, lines - PAGE, PAGE, never)
          const n = await logs.lineAt(view, ((firstAt as number) + (lastAt as number)) / 2)
          const middle = await logs.lines(view, n as number, PAGE, never)
          const took = performance.now() - from
          if (end.length !== PAGE || middle.length !== PAGE) throw new Error('the log is not whole')
          return took
        },
      },
      close: store.close,
    }
  },
}
