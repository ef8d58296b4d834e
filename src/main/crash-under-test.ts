import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import * as z from 'zod'

/** What the engine of engine-crash.child.ts is to do with its one cluster, and where it is to die. */
export const crashOrder = z.object({
  /** `add-nodes` adds the last machine of the pool, `remove-nodes` removes the last node. Null: only go on with what an earlier engine left. */
  act: z.enum(['launch', 'stop', 'start', 'terminate', 'add-nodes', 'remove-nodes']).nullable(),
  /** The number of the point to die at, from 1, or its name; null: none. */
  dieAt: z.union([z.number(), z.string()]).nullable().default(null),
  /** Die so long after that point, in the middle of what goes on then. */
  late_ms: z.number().default(0),
  /** Launch with Ray. */
  ray: z.boolean().default(false),
  /** Cancel what makes nodes when this point is passed. */
  cancelAt: z.string().nullable().default(null),
})
export type CrashOrder = z.input<typeof crashOrder>

/** How it ended. `points`: what it passed, in order. `rest`: the state in which it left its cluster; null: it came to no rest. */
export type Crashed = { code: number | null; signal: string | null; points: string[]; rest: string | null; said: string }

/** Runs a whole engine in a process of its own, with its state in `home`, until what it does has ended or it dies. */
export const runEngine = (home: string, order: CrashOrder): Promise<Crashed> =>
  runChild('src/main/engine-crash.child.ts', home, { order })

/**
 * Runs a program that says each point it passes and dies at the one it is told, with its state in `home`. It is given that folder, ours of
 * resources, and these orders. `killAfter_ms`: it is killed then, wherever it is.
 */
export function runChild(program: string, home: string, orders: object, killAfter_ms?: number): Promise<Crashed> {
  const given = { stateFolder: join(home, '.styx'), resources: resolve('resources'), ...orders }
  const child = spawn(process.execPath, [resolve(program), JSON.stringify(given)], {
    env: { ...process.env, HOME: home, NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const timer = killAfter_ms === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter_ms)
  let said = ''
  child.stdout.on('data', (chunk) => (said += chunk))
  child.stderr.on('data', (chunk) => (said += chunk))
  return new Promise((end) =>
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const after = (word: string) => said.split('\n').flatMap((line) => (line.startsWith(word) ? [line.slice(word.length)] : []))
      end({ code, signal, points: after('point '), rest: after('rest ')[0] ?? null, said })
    }),
  )
}
