import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { OperationKind } from '../shared/operation.ts'
import { type CrashOrder, runEngine } from './crash-under-test.ts'
import { listClusters } from './storage/cluster-records.ts'
import { openDatabase } from './storage/database.ts'
import { listEvents } from './storage/event-records.ts'
import { listNodes } from './storage/node-records.ts'
import { listOperations } from './storage/operation-records.ts'

// kill -9 at every point that a launch, a cancelled launch, a stop, a start and a terminate pass: before and after each effect and
// each write that order depends on. Then the engine starts again, and everything must end as if nothing had happened.

const root = mkdtempSync(join(tmpdir(), 'styx-crash-'))
const home = join(root, 'home')
const before = join(root, 'before') // what `home` was before the operation
const stateFolder = join(home, '.styx')
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Every folder of a node that is on this machine, of whatever cluster. */
function nodeFolders(): string[] {
  const base = join(home, '.styx-node')
  if (!existsSync(base)) return []
  return readdirSync(base).flatMap((installation) =>
    readdirSync(join(base, installation)).flatMap((cluster) => readdirSync(join(base, installation, cluster))),
  )
}

function records() {
  const { database: db, notices } = openDatabase(stateFolder)
  try {
    const clusters = listClusters(db)
    const [cluster] = clusters
    return {
      notices,
      clusters: clusters.length,
      state: cluster?.state.is,
      nodes: listNodes(db, cluster!.id).map(({ rank, state }) => [rank, state]),
      operations: listOperations(db, cluster!.id).map(({ kind, state }) => [kind, state]),
      events: listEvents(db, { limit: 100 }).map(({ text }) => text),
    }
  } finally {
    db.close()
  }
}

const restore = () => {
  rmSync(home, { recursive: true, force: true })
  cpSync(before, home, { recursive: true })
}

const cases: {
  name: string
  order: CrashOrder
  rest: string
  operation: [OperationKind, string]
  nodes: number
  ended: RegExp
}[] = [
  { name: 'launch', order: { act: 'launch' }, rest: 'ready', operation: ['launch', 'done'], nodes: 1, ended: /^Ready after/ },
  { name: 'stop', order: { act: 'stop' }, rest: 'stopped', operation: ['stop', 'done'], nodes: 1, ended: /^Stopped after/ },
  { name: 'start', order: { act: 'start' }, rest: 'ready', operation: ['start', 'done'], nodes: 1, ended: /^Ready again after/ },
  {
    name: 'terminate',
    order: { act: 'terminate' },
    rest: 'terminated',
    operation: ['terminate', 'done'],
    nodes: 0,
    ended: /^Terminated after/,
  },
]

describe.each([
  ...cases.map((one) => ({ ...one, prepare: cases.slice(0, cases.indexOf(one)).map((earlier) => earlier.order) })),
  {
    name: 'cancelled launch',
    order: { act: 'launch' as const, cancelAt: 'launch/local.verify/before' },
    rest: 'failed',
    operation: ['launch', 'cancelled'] as [OperationKind, string],
    nodes: 0,
    ended: /^Launch cancelled, everything taken back/,
    prepare: [],
  },
])('$name', ({ order, rest, operation, nodes, ended, prepare }) => {
  test('survives kill -9 at every point', { timeout: 600_000 }, async () => {
    rmSync(root, { recursive: true, force: true })
    mkdirSync(stateFolder, { recursive: true, mode: 0o700 })
    for (const earlier of prepare) expect((await runEngine(home, earlier)).code).toBe(0)
    cpSync(home, before, { recursive: true })

    const whole = await runEngine(home, order)
    expect(whole.rest, whole.said).toBe(rest)
    expect(whole.points.length).toBeGreaterThan(3)

    for (const [index, point] of whole.points.entries()) {
      restore()
      const killed = await runEngine(home, { ...order, dieAt: index + 1 })
      // A cancel races the step it cancels, so late points of that run may not come again.
      if (killed.signal !== 'SIGKILL' && order.cancelAt) continue
      expect(killed.signal, `${point}\n${killed.said}`).toBe('SIGKILL')
      const again = await runEngine(home, { act: null })
      const at = `killed at ${point}`
      // A launch that was killed before its cancel was written is not cancelled: it goes on to its end.
      const cancelWritten = records().events.some((text) => text.startsWith('Cancelling'))
      if (order.cancelAt && !cancelWritten) {
        expect(again.rest, at).toBe('ready')
        continue
      }
      expect(again.rest, `${at}\n${again.said}`).toBe(rest)
      const seen = records()
      expect(seen.notices, at).toEqual([])
      expect(seen.clusters, at).toBe(1)
      expect(seen.nodes, at).toHaveLength(nodes)
      expect(seen.operations[0], at).toEqual(operation)
      expect(seen.operations, at).toHaveLength(prepare.length + 1)
      expect(nodeFolders(), at).toHaveLength(nodes)
      expect(
        seen.events.filter((text) => ended.test(text)),
        at,
      ).toHaveLength(1)
    }
  })
})
