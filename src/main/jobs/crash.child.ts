import { setTimeout as sleep } from 'node:timers/promises'
import { createRouterClient } from '@orpc/server'
import * as z from 'zod'
import { openEngine } from '../engine.ts'
import { listOpenJobs } from '../storage/job-records.ts'
import { openDatabase } from '../storage/database.ts'

// A whole engine in a process of its own, for crash.heavy.test.ts: does one thing with jobs, says each point it passes, and kills itself
// with SIGKILL at the one that it is told.

const order = z.object({
  stateFolder: z.string(),
  resources: z.string(),
  /** `cancel`: submitted, and cancelled once it runs. Null: only go on with what an earlier engine left. */
  act: z.enum(['launch', 'submit', 'cancel']).nullable(),
  yaml: z.string(),
  /** The number of the point to die at, from 1; null: none. */
  dieAt: z.number().nullable(),
})
const { stateFolder, resources, act, yaml, dieAt } = order.parse(JSON.parse(process.argv[2]!))

let passed = 0
const engine = await openEngine({
  stateFolder,
  resources,
  version: '0',
  atPoint: (point) => {
    if (!point.startsWith('job/')) return
    passed++
    process.stdout.write(`point ${point}\n`)
    if (passed === dieAt) process.kill(process.pid, 'SIGKILL')
  },
})
const api = createRouterClient(engine.router, { context: { host: 'web' } })
const until = async (isSo: () => Promise<boolean>) => {
  while (!(await isSo())) await sleep(20)
}
if (act === 'launch') {
  const [offer] = await api.places.offers({ placeId: 'this-machine' })
  await api.clusters.launch({ placeId: 'this-machine', offerId: offer!.id, name: 'crash' })
  await until(async () => (await api.clusters.list())[0]?.state.is === 'ready')
} else {
  const [cluster] = await api.clusters.list()
  const jobs = await api.jobs.list({ limit: 1 })
  if (act && jobs.length === 0) await api.jobs.submit({ clusterId: cluster!.id, job: { yaml, secrets: {} } })
  const job = async () => (await api.jobs.list({ limit: 1 }))[0]!
  if (act === 'cancel') {
    await until(async () => (await job()).state === 'RUNNING')
    await api.jobs.cancel({ jobId: (await job()).id })
  }
  await until(
    async () => (await job()).endedAt !== null && !(await api.logs.info({ log: `job:${(await job()).id}`, streams: null })).live,
  )
  await sleep(100) // what is written last
  process.stdout.write(`rest ${(await job()).state}\n`)
}
await engine.close()
const { database } = openDatabase(stateFolder)
process.stdout.write(`open ${listOpenJobs(database).length}\n`)
database.close()
