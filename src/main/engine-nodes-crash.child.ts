import { createRouterClient } from '@orpc/server'
import * as z from 'zod'
import { openEngine } from './engine.ts'

// A whole engine in a process of its own, for engine-nodes-crash.heavy.test.ts: changes the nodes of its one cluster, says each point it
// passes, and kills itself with SIGKILL at the one that it is told.

const order = z.object({
  stateFolder: z.string(),
  resources: z.string(),
  /** Adds the machine that is free, or removes the last node. Null: only goes on with what an earlier engine left. */
  act: z.enum(['add-nodes', 'remove-nodes']).nullable(),
  /** The number of the point to die at, from 1; null: none. */
  dieAt: z.number().nullable(),
  /** Cancel what is added when this point is passed. */
  cancelAt: z.string().nullable(),
})

const { stateFolder, resources, act, dieAt, cancelAt } = order.parse(JSON.parse(process.argv[2]!))

let passed = 0
let begun = false
let cancel = () => {}
const engine = await openEngine({
  stateFolder,
  resources,
  version: '0',
  atPoint: (point) => {
    if (!begun && act !== null) return
    passed++
    process.stdout.write(`point ${point}\n`)
    if (passed === dieAt) process.kill(process.pid, 'SIGKILL')
    if (point === cancelAt) cancel()
  },
})
const api = createRouterClient(engine.router, { context: { host: 'web' } })
const stop = new AbortController()
const changes = await api.changes(undefined, { signal: stop.signal })
const [cluster] = await api.clusters.list()
const { id: clusterId, placeId } = cluster!
const newest = async () => (await api.operations.list({ clusterId }))[0]!

if (act === 'add-nodes') {
  const offers = await api.places.offers({ placeId })
  cancel = () => void newest().then(({ id }) => api.operations.cancel({ operationId: id, keep: 'nothing' }))
  begun = true
  await api.clusters.addNodes({ clusterId, machines: [{ offerId: offers.at(-1)!.id, gpus: null }] })
} else if (act === 'remove-nodes') {
  for await (const change of await api.changes()) {
    if (change.type !== 'snapshot') continue
    begun = true
    await api.clusters.removeNodes({ clusterId, nodeIds: [change.snapshot.nodes.at(-1)!.id] })
    break
  }
}

for await (const _ of changes) {
  if ((await newest()).endedAt === null) continue
  process.stdout.write(`rest ${(await api.clusters.read({ clusterId })).state.is}\n`)
  break
}
stop.abort()
await engine.close()
