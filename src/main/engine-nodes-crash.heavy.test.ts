import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noSshd, type Sshd, startSshd } from '../../e2e/substrate/sshd.ts'
import { type CrashOrder, runEngine } from './crash-under-test.ts'
import { engineUnderTest, poolOf } from './engine-under-test.ts'
import { listClusters } from './storage/cluster-records.ts'
import { openDatabase } from './storage/database.ts'
import { listEvents } from './storage/event-records.ts'
import { listNodes } from './storage/node-records.ts'
import { listOperations } from './storage/operation-records.ts'

// kill -9 at every point that the adding of a machine, its cancel, and the removal of a node pass. Then the engine starts again, and
// everything must end as if nothing had happened: the cluster is ready, and no machine holds anything that is not recorded.

describe.skipIf(noSshd !== null)('nodes that come and go survive kill -9 at every point', { timeout: 900_000 }, () => {
  let root: string
  let home: string
  let hosts: Sshd[]
  const stateFolder = () => join(home, '.styx')
  const kept = (name: string) => join(root, 'kept', name)

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'styx-nodes-crash-'))
    home = join(root, 'home')
    mkdirSync(home)
    hosts = await Promise.all([startSshd(), startSshd()])
    const under = await engineUnderTest(hosts, home)
    try {
      const { id: placeId } = await under.client().places.save({ name: 'Lab', hosts: poolOf(hosts) })
      const [first] = await under.client().places.offers({ placeId })
      const { clusterId } = await under.client().clusters.launch({ placeId, offerId: first!.id, name: 'crash' })
      await under.reaches(clusterId, 'ready')
    } finally {
      await under.close()
    }
  })
  afterAll(async () => {
    await Promise.all(hosts.map((host) => host.stop()))
    rmSync(root, { recursive: true, force: true })
  })

  const folders = () => [home, ...hosts.map((host) => host.home)]
  const keep = (name: string) => {
    for (const [index, folder] of folders().entries()) cpSync(folder, join(kept(name), String(index)), { recursive: true })
  }
  const restore = (name: string) => {
    for (const [index, folder] of folders().entries()) {
      rmSync(folder, { recursive: true, force: true })
      cpSync(join(kept(name), String(index)), folder, { recursive: true })
    }
  }

  /** The nodes by rank and state, those that have a folder by machine, and how the newest operation ended. */
  function world() {
    const { database: db } = openDatabase(stateFolder())
    try {
      const [cluster] = listClusters(db)
      const [operation] = listOperations(db, cluster!.id)
      return {
        nodes: listNodes(db, cluster!.id).map(({ rank, state }) => `${rank} ${state}`),
        made: hosts.map(({ home: there }) => nodesIn(join(there, '.styx-node'))),
        operation: [operation?.kind, operation?.state, operation?.leftovers.length],
        events: listEvents(db, { limit: 200 }).map(({ text }) => text),
      }
    } finally {
      db.close()
    }
  }

  const ONE = { nodes: ['0 up'], made: [1, 0] }
  const TWO = { nodes: ['0 up', '1 up'], made: [1, 1] }
  const cases: { name: string; order: CrashOrder; ends: typeof ONE; as: unknown[]; told: RegExp }[] = [
    {
      name: 'added',
      order: { act: 'add-nodes' },
      ends: TWO,
      as: ['add-nodes', 'done', 0],
      told: /^Machines added after/,
    },
    {
      name: 'cancelled',
      order: { act: 'add-nodes', cancelAt: 'add-nodes/ssh.verify/before' },
      ends: ONE,
      as: ['add-nodes', 'cancelled', 0],
      told: /^Adding of machines cancelled, everything taken back/,
    },
    {
      name: 'removed',
      order: { act: 'remove-nodes' },
      ends: ONE,
      as: ['remove-nodes', 'done', 0],
      told: /^Nodes removed/,
    },
  ]

  test.each(cases)('$name', async ({ name, order, ends, as, told }) => {
    if (name === 'removed') expect((await runEngine(home, { act: 'add-nodes' })).rest).toBe('ready')
    keep(name)
    const whole = await runEngine(home, order)
    expect(whole.rest, whole.said).toBe('ready')
    expect(world()).toMatchObject({ ...ends, operation: as })
    expect(whole.points.length).toBeGreaterThan(3)
    for (const [index, point] of whole.points.entries()) {
      restore(name)
      const killed = await runEngine(home, { ...order, dieAt: index + 1 })
      // A cancel races the step it cancels, so late points of that run may not come again.
      if (killed.signal !== 'SIGKILL' && order.cancelAt) continue
      expect(killed.signal, `${point}\n${killed.said}`).toBe('SIGKILL')
      const again = await runEngine(home, { act: null })
      const at = `killed at ${point}\n${again.said}`
      expect(again.rest, at).toBe('ready')
      const seen = world()
      // One that was killed before its cancel was written is not cancelled: it goes on to its end.
      if (order.cancelAt && !seen.events.some((text) => text.startsWith('Cancelling'))) {
        expect(seen, at).toMatchObject({ ...TWO, operation: ['add-nodes', 'done', 0] })
        continue
      }
      expect(seen, at).toMatchObject({ ...ends, operation: as })
      expect(
        seen.events.filter((text) => told.test(text)),
        at,
      ).toHaveLength(1)
    }
    restore(name)
  })
})

if (noSshd) test.skip(`nodes that come and go survive kill -9: ${noSshd}`)

function nodesIn(base: string): number {
  const names = (folder: string) => (existsSync(folder) ? readdirSync(folder) : [])
  return names(base)
    .flatMap((installation) => names(join(base, installation)).map((cluster) => join(base, installation, cluster)))
    .flatMap(names).length
}
