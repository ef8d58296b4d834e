import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Change, Snapshot } from '../shared/change.ts'
import type { Cluster } from '../shared/cluster.ts'
import { stepOfStream } from '../shared/log.ts'
import { type Engine, openEngine } from './engine.ts'
import { openDatabase } from './storage/database.ts'

// The whole engine over its router, with the real local provider in a home of its own.

let home: string
let realHome: string | undefined
let engine: Engine
let atPoint: (point: string) => void
const stateFolder = () => join(home, '.styx')

const open = async () => {
  engine = await openEngine({
    stateFolder: stateFolder(),
    resources: resolve('resources'),
    version: '0',
    atPoint: (point) => atPoint(point),
  })
}
const client = () => createRouterClient(engine.router, { context: { host: 'web' } })

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'styx-engine-'))
  mkdirSync(stateFolder(), { mode: 0o700 })
  realHome = process.env.HOME
  process.env.HOME = home
  atPoint = () => {}
  await open()
})
afterEach(async () => {
  await engine.close()
  process.env.HOME = realHome
  rmSync(home, { recursive: true, force: true })
})

async function launch(name: string) {
  const [offer] = await client().places.offers({ placeId: 'this-machine' })
  return client().clusters.launch({ placeId: 'this-machine', offerId: offer!.id, name })
}

/** Waits for a change that fits, the snapshot's records included. */
async function until(fits: (clusters: Map<string, Cluster>) => boolean): Promise<void> {
  const stop = new AbortController()
  const clusters = new Map<string, Cluster>()
  for await (const change of await client().changes(undefined, { signal: stop.signal })) {
    if (change.type === 'snapshot') for (const cluster of change.snapshot.clusters) clusters.set(cluster.id, cluster)
    if (change.type === 'cluster') clusters.set(change.cluster.id, change.cluster)
    if (fits(clusters)) break
  }
  stop.abort()
}
const reaches = (clusterId: string, is: Cluster['state']['is']) => until((clusters) => clusters.get(clusterId)?.state.is === is)

async function snapshot(): Promise<Snapshot> {
  const stop = new AbortController()
  for await (const change of await client().changes(undefined, { signal: stop.signal })) {
    stop.abort()
    return (change as Extract<Change, { type: 'snapshot' }>).snapshot
  }
  throw new Error('no snapshot')
}

/** Does something with the one cluster when the point is first passed. */
const once = (at: string, act: (cluster: Cluster) => Promise<unknown>) => {
  atPoint = (point) => {
    if (point !== at) return
    atPoint = () => {}
    void client()
      .clusters.list()
      .then(([cluster]) => act(cluster!))
  }
}

const nodeFolders = () => {
  const base = join(home, '.styx-node')
  return existsSync(base) ? readdirSync(base, { recursive: true }).filter((path) => String(path).split('/').length === 3) : []
}
const rejection = async (work: Promise<unknown>) => {
  try {
    await work
  } catch (error) {
    return (error as { data: unknown }).data
  }
  throw new Error('it did not fail')
}

test('this machine is a place from the first start, observed', async () => {
  const { places, clusters } = await snapshot()
  expect(places).toMatchObject([{ id: 'this-machine', kind: 'local' }])
  expect(clusters).toEqual([])
  const health = await client().places.check({ placeId: 'this-machine' })
  expect(health.machine?.cores).toBeGreaterThan(0)
  expect(health.findings.length).toBeGreaterThan(0)
})

test('launch, stop, start, terminate: every step done, every event told, nothing left', async () => {
  const { clusterId, operationId } = await launch('whole')
  await reaches(clusterId, 'ready')
  const [operation] = await client().operations.list({ clusterId })
  expect(operation?.id).toBe(operationId)
  expect(operation?.steps.map((step) => step.state)).toEqual(operation?.plan.map(() => 'done'))
  expect(nodeFolders()).toHaveLength(1)
  await client().clusters.stop({ clusterId })
  await reaches(clusterId, 'stopped')
  expect(nodeFolders()).toHaveLength(1)
  await client().clusters.start({ clusterId })
  await reaches(clusterId, 'ready')
  await client().clusters.terminate({ clusterId })
  await reaches(clusterId, 'terminated')
  expect(nodeFolders()).toHaveLength(0)
  expect((await snapshot()).nodes).toEqual([])
  const texts = (await client().events.list({ clusterId, limit: 50 })).map(({ text }) => text.replace(/ after .*/, ''))
  expect(texts.toReversed()).toEqual([
    'Launch begun',
    'Ready',
    'Stopping',
    'Stopped',
    'Starting',
    'Ready again',
    'Terminating',
    'Terminated',
  ])
  await client().clusters.forget({ clusterId })
  expect(await client().clusters.list()).toEqual([])
  await vi.waitFor(() => expect(readdirSync(join(stateFolder(), 'logs', 'operation'))).toEqual([]))
})

test.each([
  ['', 'Give the cluster a name.'],
  ['x'.repeat(41), 'At most 40'],
  ['../x', 'Small letters'],
])('the name %j is refused with the field and the fix, and nothing is made', async (name, why) => {
  expect(await rejection(launch(name))).toMatchObject({
    code: 'cluster.name-invalid',
    where: 'name',
    why: expect.stringContaining(why),
  })
  expect(await client().clusters.list()).toEqual([])
  expect(nodeFolders()).toEqual([])
})

test('a name that is taken is refused, and free again once its cluster is gone', async () => {
  const first = await launch('same')
  expect(await rejection(launch('same'))).toMatchObject({ code: 'cluster.name-taken', where: 'name' })
  await reaches(first.clusterId, 'ready')
  await client().clusters.terminate({ clusterId: first.clusterId })
  await reaches(first.clusterId, 'terminated')
  const second = await launch('same')
  await reaches(second.clusterId, 'ready')
})

test('two launches with one name at the same time make one cluster', async () => {
  const results = await Promise.allSettled([launch('twin'), launch('twin'), launch('twin')])
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
  expect(await client().clusters.list()).toHaveLength(1)
})

test('a launch asked for something unknown names the field', async () => {
  const [offer] = await client().places.offers({ placeId: 'this-machine' })
  const asked = client().clusters.launch({ placeId: 'this-machine', offerId: offer!.id, name: 'x', spec: { colour: 8 } })
  expect(await rejection(asked)).toMatchObject({ code: 'cluster.spec-invalid', why: expect.stringContaining('colour') })
})

test('a failed launch takes everything back, says why, and Retry makes it when the cause is gone', async () => {
  writeFileSync(join(home, '.styx-node'), 'a file where the folder should be')
  const { clusterId, operationId } = await launch('retry')
  await reaches(clusterId, 'failed')
  const { state } = await client().clusters.read({ clusterId })
  expect(state).toMatchObject({
    is: 'failed',
    error: { why: expect.stringMatching(/.+/), suggestion: expect.stringMatching(/.+/) },
  })
  rmSync(join(home, '.styx-node'))
  await client().operations.retry({ operationId })
  await reaches(clusterId, 'ready')
  expect(await rejection(client().operations.retry({ operationId }))).toMatchObject({ code: 'operation.not-retryable' })
})

test.each(['nothing', 'everything'] as const)('a launch cancelled in the middle, keeping %s', async (keep) => {
  once('launch/local.verify/exec', async ({ state }) => {
    if (state.is === 'launching') await client().operations.cancel({ operationId: state.operationId, keep })
  })
  const { clusterId } = await launch('cancelled')
  await reaches(clusterId, keep === 'nothing' ? 'failed' : 'degraded')
  expect(nodeFolders()).toHaveLength(keep === 'nothing' ? 0 : 1)
  if (keep === 'everything') {
    const [operation] = await client().operations.list({ clusterId })
    await client().operations.retry({ operationId: operation!.id })
    await reaches(clusterId, 'ready')
    expect(nodeFolders()).toHaveLength(1)
  }
})

test('terminate pre-empts a launch, and nothing of it is left', async () => {
  once('launch/local.folder/exec', ({ id }) => client().clusters.terminate({ clusterId: id }))
  const { clusterId } = await launch('preempted')
  await reaches(clusterId, 'terminated')
  expect(nodeFolders()).toEqual([])
  const operations = await client().operations.list({ clusterId })
  expect(operations.map(({ kind, state }) => [kind, state])).toEqual([
    ['terminate', 'done'],
    ['launch', 'cancelled'],
  ])
})

test('what is not allowed now is refused in words', async () => {
  const { clusterId } = await launch('order')
  await reaches(clusterId, 'ready')
  expect(await rejection(client().clusters.start({ clusterId }))).toMatchObject({ code: 'cluster.not-now', why: 'It is ready.' })
  expect(await rejection(client().clusters.forget({ clusterId }))).toMatchObject({ code: 'cluster.not-empty' })
  expect(await rejection(client().clusters.read({ clusterId: 'nobody' }))).toMatchObject({
    code: 'cluster.unknown',
    where: 'nobody',
  })
})

test('a folder removed behind our back degrades the cluster with the reason, and it can still be terminated', async () => {
  const { clusterId } = await launch('robbed')
  await reaches(clusterId, 'ready')
  rmSync(join(home, '.styx-node'), { recursive: true })
  await engine.close()
  await open() // a watch looks at once when it begins
  await reaches(clusterId, 'degraded')
  const { state } = await client().clusters.read({ clusterId })
  expect(state).toMatchObject({ error: { what: 'The head is gone' } })
  await client().clusters.terminate({ clusterId })
  await reaches(clusterId, 'terminated')
})

test('a damaged record does not keep the others from starting, and is named', async () => {
  const good = await launch('good')
  const bad = await launch('bad')
  await reaches(good.clusterId, 'ready')
  await reaches(bad.clusterId, 'ready')
  await engine.close()
  const { database } = openDatabase(stateFolder())
  database.sql.prepare(`UPDATE clusters SET spec = '{' WHERE id = ?`).run(bad.clusterId)
  database.sql.prepare(`UPDATE operations SET state = 'running' WHERE cluster_id = ?`).run(bad.clusterId)
  database.close()
  await open()
  expect((await client().clusters.list()).map(({ name }) => name)).toEqual(['good'])
  expect((await client().app.info()).notices.join()).toContain(bad.clusterId)
})

test('the log of an operation is there while it runs, after it, and after a restart', async () => {
  const { clusterId, operationId } = await launch('logged')
  const view = { log: `operation:${operationId}`, streams: null }
  const read = async () => {
    let last = 0
    for await (const { lines } of await client().logs.follow(view)) last = lines
    return client().logs.lines({ ...view, from: 0, count: Math.max(1, last) })
  }
  const lines = await read() // followed before the first line is there, and to its end
  await reaches(clusterId, 'ready')
  expect(new Set(lines.map(({ stream }) => stepOfStream(stream).step))).toEqual(
    new Set(['local.probe', 'local.folder', 'local.verify']),
  )
  await engine.close()
  await open()
  expect(await read()).toEqual(lines)
})

test('samples of this machine come at once and then every second, and end with the client', async () => {
  const { machine } = await client().places.check({ placeId: 'this-machine' })
  const stop = new AbortController()
  let cores = 0
  for await (const batch of await client().samples({ machineIds: [machine!.machineId] }, { signal: stop.signal })) {
    cores = batch.at(-1)?.cores_percent.length ?? 0
    if (cores > 0) break
  }
  stop.abort()
  expect(cores).toBe(machine!.cores)
})

test('a stream that is not there is refused by name', async () => {
  for (const name of ['terminal:nobody', 'terminal:../x', 'file:/etc/passwd', ''])
    await expect(engine.openBytes(name, null, new AbortController().signal)).rejects.toThrow()
})
