import { createRouterClient } from '@orpc/server'
import * as z from 'zod'
import { crashOrder } from './crash-under-test.ts'
import { openEngine } from './engine.ts'

// A whole engine in a process of its own, for crash-under-test.ts: does one thing, says each point it passes, and kills itself with SIGKILL
// at the one that it is told.

const given = z.object({ stateFolder: z.string(), resources: z.string(), order: crashOrder })
const { stateFolder, resources, order } = given.parse(JSON.parse(process.argv[2]!))
const { act, dieAt, late_ms, ray, cancelAt } = order

let passed = 0
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
    if (point === cancelAt) void cancel()
  },
})
const api = createRouterClient(engine.router, { context: { host: 'web' } })

const oneCluster = async () => (await api.clusters.list())[0]
const newestOf = async (clusterId: string) => (await api.operations.list({ clusterId }))[0]

// What makes nodes is written and begun inside its call: a cancel that waits for that answer could come too late.
async function cancel(): Promise<void> {
  const cluster = await oneCluster()
  const newest = cluster && (await newestOf(cluster.id))
  if (newest?.state === 'running') await api.operations.cancel({ operationId: newest.id, keep: 'nothing' })
}

async function lastNode(): Promise<string> {
  for await (const change of await api.changes()) if (change.type === 'snapshot') return change.snapshot.nodes.at(-1)!.id
  throw new Error('no snapshot')
}

const stop = new AbortController()
const changes = await api.changes(undefined, { signal: stop.signal })
const known = await oneCluster()
const clusterId = known?.id ?? ''
if (act === 'launch') {
  const [offer] = await api.places.offers({ placeId: 'this-machine' })
  const wish = ray ? { version: null, wheels: null } : null
  await api.clusters.launch({ placeId: 'this-machine', offerId: offer!.id, name: 'crash', ray: wish })
} else if (act === 'add-nodes') {
  const offers = await api.places.offers({ placeId: known!.placeId })
  await api.clusters.addNodes({ clusterId, machines: [{ offerId: offers.at(-1)!.id, gpus: null }] })
} else if (act === 'remove-nodes') await api.clusters.removeNodes({ clusterId, nodeIds: [await lastNode()] })
else if (act) await api.clusters[act]({ clusterId })

for await (const _ of changes) {
  const cluster = await oneCluster()
  const newest = cluster && (await newestOf(cluster.id))
  if (!newest || newest.endedAt === null) continue
  process.stdout.write(`rest ${cluster.state.is}\n`)
  break
}
stop.abort()
await engine.close()
