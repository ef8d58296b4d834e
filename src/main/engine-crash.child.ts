import { createRouterClient } from '@orpc/server'
import * as z from 'zod'
import { openEngine } from './engine.ts'

// A whole engine in a process of its own, for engine-crash.heavy.test.ts: does one thing, says each point it passes,
// and kills itself with SIGKILL at the one that it is told.

const order = z.object({
  stateFolder: z.string(),
  resources: z.string(),
  /** Null: only go on with what an earlier engine left. */
  act: z.enum(['launch', 'stop', 'start', 'terminate']).nullable(),
  /** The number of the point to die at, from 1, or its name; null: none. */
  dieAt: z.union([z.number(), z.string()]).nullable(),
  /** Die so long after that point, in the middle of what goes on then. */
  late_ms: z.number().default(0),
  /** Launch with Ray. */
  ray: z.boolean().default(false),
  /** Cancel the launch when this point is passed. */
  cancelAt: z.string().nullable(),
})

const { stateFolder, resources, act, dieAt, late_ms, ray, cancelAt } = order.parse(JSON.parse(process.argv[2]!))

let passed = 0
let cancel = () => {}
const engine = await openEngine({
  stateFolder,
  resources,
  version: '0',
  atPoint: (point) => {
    passed++
    process.stdout.write(`point ${point}\n`)
    const die = () => process.kill(process.pid, 'SIGKILL')
    const isThere = passed === dieAt || point === dieAt
    if (isThere && late_ms > 0) setTimeout(die, late_ms)
    else if (isThere) die()
    if (point === cancelAt) cancel()
  },
})
const api = createRouterClient(engine.router, { context: { host: 'web' } })

const stop = new AbortController()
const changes = await api.changes(undefined, { signal: stop.signal })
const [known] = await api.clusters.list()
if (act === 'launch') {
  const [offer] = await api.places.offers({ placeId: 'this-machine' })
  // The operation is written and begun inside this call: a cancel that waits for its answer could come too late.
  cancel = () => {
    void api.clusters.list().then(async ([cluster]) => {
      if (cluster?.state.is === 'launching')
        await api.operations.cancel({ operationId: cluster.state.operationId, keep: 'nothing' })
    })
  }
  await api.clusters.launch({
    placeId: 'this-machine',
    offerId: offer!.id,
    name: 'crash',
    ray: ray ? { version: null, wheels: null } : null,
  })
} else if (act) await api.clusters[act]({ clusterId: known!.id })

const moving = ['launching', 'stopping', 'starting', 'terminating']
for await (const _ of changes) {
  const [cluster] = await api.clusters.list()
  if (!cluster || moving.includes(cluster.state.is)) continue
  process.stdout.write(`rest ${cluster.state.is}\n`)
  break
}
stop.abort()
await engine.close()
