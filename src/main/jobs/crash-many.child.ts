import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { gangUnderTest, startJobs } from './gang-under-test.ts'
import { createShellStarter } from './shell-starter.ts'

// What of an engine jobs need, in a process of its own, for crash-many.heavy.test.ts: runs one job on all nodes, says each point it passes,
// and kills itself with SIGKILL at the one that it is told.

const order = z.object({
  stateFolder: z.string(),
  resources: z.string(),
  gang: gangUnderTest,
  /** Null: only go on with what an earlier one left. */
  yaml: z.string().nullable(),
  /** The number of the point to die at, from 1; null: none. */
  dieAt: z.number().nullable(),
})
const { stateFolder, resources, gang, yaml, dieAt } = order.parse(JSON.parse(process.argv[2] ?? ''))

let passed = 0
const under = {
  ...gang,
  runner: 'shell' as const,
  ray: null,
  starter: () => createShellStarter(resources),
  close: async () => {},
}
const engine = startJobs(under, stateFolder, (point) => {
  passed++
  process.stdout.write(`point ${point}\n`)
  if (passed === dieAt) process.kill(process.pid, 'SIGKILL')
})
if (yaml && engine.jobs.list({ limit: 1 }).length === 0) await engine.jobs.submit(gang.clusterId, { yaml })
const job = () => engine.jobs.list({ limit: 1 })[0]
const waits = yaml !== null || job() !== undefined
while (waits && !engine.isClosed(job()?.id ?? '')) await sleep(20)
const found = job()
if (found) {
  const lines = await engine.lines(found.id)
  const said = lines.map(({ stream, text }) => `${stream} ${text}`).sort()
  process.stdout.write(`rest ${JSON.stringify({ state: found.state, failed: found.failed?.rank ?? null, said })}\n`)
}
await engine.close()
