import { expect, test } from 'vitest'
import type { Change } from '../../shared/change.ts'
import type { Cluster } from '../../shared/cluster.ts'
import type { Event } from '../../shared/event.ts'
import { blankNode, type Node } from '../../shared/node.ts'
import type { Operation } from '../../shared/operation.ts'
import { settings } from '../../shared/settings.ts'
import { applyChange, type Live } from './live-state.ts'

const cluster = (id: string, createdAt: number): Cluster => ({
  id,
  placeId: 'local',
  name: id,
  spec: {},
  state: { is: 'ready', since: 0 },
  observed: { at: null, problem: null },
  ray: null,
  createdAt,
})
const node = (id: string, clusterId: string, rank: number): Node => blankNode({ id, clusterId, rank, state: 'up' })
const operation = (id: string, clusterId: string, createdAt: number): Operation => ({
  id,
  clusterId,
  kind: 'launch',
  nodeIds: null,
  state: 'running',
  plan: [],
  candidates: [],
  attempts: [],
  steps: [],
  error: null,
  leftovers: [],
  cancel: null,
  createdAt,
  endedAt: null,
})
const event = (id: number): Event => ({
  id,
  at: id,
  level: 'info',
  clusterId: null,
  clusterName: null,
  operationId: null,
  jobId: null,
  text: '',
  detail: '',
})

const start = applyChange(null, {
  type: 'snapshot',
  snapshot: {
    places: [],
    health: [],
    clusters: [cluster('b', 2), cluster('a', 1)],
    nodes: [node('b1', 'b', 1), node('b0', 'b', 0)],
    operations: [operation('o1', 'b', 10)],
    terminals: [],
    samples: [],
    jobs: [],
    notes: [],
    asks: [],
    settings: settings.parse({}),
    events: [event(2), event(1)],
  },
})!

const after = (...changes: Change[]): Live => changes.reduce<Live | null>(applyChange, start)!

test('nothing is known before the first snapshot', () => {
  expect(applyChange(null, { type: 'cluster', cluster: cluster('x', 1) })).toBeNull()
})

test('a snapshot is sorted: clusters by age, nodes by rank', () => {
  expect(start.clusters.map(({ id }) => id)).toEqual(['a', 'b'])
  expect(start.nodes.b?.map(({ id }) => id)).toEqual(['b0', 'b1'])
})

test('a change touches its own part and keeps the others as they are', () => {
  const live = after({ type: 'cluster', cluster: { ...cluster('a', 1), name: 'renamed' } })
  expect(live.clusters[0]?.name).toBe('renamed')
  expect(live.nodes).toBe(start.nodes)
  expect(live.operations).toBe(start.operations)
})

test('a new node takes its place by rank', () => {
  const live = after({ type: 'gone', of: 'node', id: 'b0' }, { type: 'node', node: node('b2', 'b', 2) })
  expect(live.nodes.b?.map(({ id }) => id)).toEqual(['b1', 'b2'])
})

test('an older operation never hides the newest', () => {
  expect(after({ type: 'operation', operation: operation('o0', 'b', 5) }).operations.b?.id).toBe('o1')
  expect(after({ type: 'operation', operation: operation('o2', 'b', 20) }).operations.b?.id).toBe('o2')
})

test('a cluster goes with its nodes and its operation', () => {
  const live = after({ type: 'gone', of: 'cluster', id: 'b' })
  expect(live.clusters.map(({ id }) => id)).toEqual(['a'])
  expect(live.nodes.b).toBeUndefined()
  expect(live.operations.b).toBeUndefined()
})

test('events are newest first, each once', () => {
  const live = after({ type: 'event', event: event(3) }, { type: 'event', event: event(3) })
  expect(live.events.map(({ id }) => id)).toEqual([3, 2, 1])
})
