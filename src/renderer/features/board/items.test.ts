import { expect, test } from 'vitest'
import type { Cluster, ClusterState } from '../../../shared/cluster.ts'
import type { Job, JobState } from '../../../shared/job.ts'
import { blankNode, type Node } from '../../../shared/node.ts'
import type { Note } from '../../../shared/note.ts'
import { settings } from '../../../shared/settings.ts'
import type { Live } from '../../data/live-state.ts'
import { groupOf, isIn, matches, SHOW_ALL } from './filter.ts'
import { type BoardItem, boardItems, jobsOf, machinesOf } from './items.ts'
import { type SortKey, sortItems } from './sort.ts'

const error = { code: 'x', what: 'It fell over', where: '', why: '', suggestion: '', detail: '', retryable: false }
const ready: ClusterState = { is: 'ready', since: 0 }

const cluster = (id: string, state: ClusterState = ready, problem: typeof error | null = null): Cluster => ({
  id,
  placeId: 'local',
  name: id,
  spec: {},
  state,
  observed: { at: null, problem },
  ray: null,
  createdAt: 0,
})

const node = (clusterId: string, gpus: string[] = []): Node =>
  blankNode({
    id: `${clusterId}-0`,
    clusterId,
    rank: 0,
    machineId: `machine-of-${clusterId}`,
    facts: {
      machineId: `machine-of-${clusterId}`,
      hostname: `host-of-${clusterId}`,
      os: '',
      platform: 'linux',
      arch: 'x64',
      cpu: null,
      cores: 2,
      memory_MiB: null,
      diskTotal_MiB: null,
      diskFree_MiB: null,
      gpus: gpus.map((name, i) => ({ uuid: String(i), name, memory_MiB: null })),
      gpuProblem: null,
      python: null,
    },
    state: 'up',
  })

const job = (id: string, clusterId: string, state: JobState, submittedAt: number): Job => ({
  id,
  clusterId,
  clusterName: clusterId,
  number: 1,
  name: id,
  state,
  runner: 'shell',
  gpusPerNode: null,
  ranks: [],
  exitCode: null,
  error: null,
  failed: null,
  submittedBy: '',
  submittedAt,
  setupAt: null,
  runAt: null,
  endedAt: null,
  cancelledAt: null,
  whenDone: 'keep',
  logProblem: null,
})

const note = (clusterId: string, kind: Note['kind'], level: Note['level'], since: number): Note => ({
  id: `machine-of-${clusterId}/${kind}`,
  machineId: `machine-of-${clusterId}`,
  kind,
  level,
  what: `${kind} it is`,
  why: '',
  wayOut: '',
  since,
})

const places: Live['places'] = [{ id: 'local', kind: 'local', name: 'This machine', settings: {} }]
const live = (parts: Partial<Live>): Live => ({
  places,
  health: {},
  clusters: [],
  nodes: {},
  operations: {},
  terminals: [],
  jobs: [],
  notes: [],
  asks: [],
  settings: settings.parse({}),
  events: [],
  ...parts,
})

const names = (items: BoardItem[]) => items.map((item) => item.cluster.name)

test.each([
  ['ready', cluster('c'), false],
  ['needs', cluster('c'), true],
  ['needs', cluster('c', ready, error), false],
  ['needs', cluster('c', { is: 'degraded', since: 0, error, operationId: null }), false],
  ['needs', cluster('c', { is: 'failed', at: 0, error, operationId: 'o' }), false],
  ['stopped', cluster('c', { is: 'stopped', since: 0 }), false],
  ['ended', cluster('c', { is: 'terminated', at: 0 }), false],
  ['ended', cluster('c', { is: 'failed', at: 0, error: { ...error, code: 'operation.cancelled' }, operationId: 'o' }), false],
  ['moving', cluster('c', { is: 'launching', operationId: 'o' }), false],
] as const)('%s', (group, of, hasNotes) => {
  expect(groupOf(of, undefined, hasNotes)).toBe(group)
})

test('all are all but the ended, and each chip shows its own', () => {
  expect(isIn('all', 'moving')).toBe(true)
  expect(isIn('all', 'ended')).toBe(false)
  expect(isIn('ended', 'ended')).toBe(true)
  expect(isIn('ready', 'needs')).toBe(false)
})

test('an item stays the same object while nothing of it changed', () => {
  const clusters = [cluster('a'), cluster('b')]
  const nodes = { a: [node('a')], b: [node('b')] }
  const jobs = [job('j', 'a', 'RUNNING', 1)]
  const before = boardItems(live({ clusters, nodes, jobs }), [])
  const [a, b] = boardItems(live({ clusters, nodes, jobs: [job('k', 'b', 'PENDING', 2), ...jobs] }), before)
  expect(a).toBe(before[0])
  expect(b).not.toBe(before[1])
  expect(b?.jobs.map(({ id }) => id)).toEqual(['k'])
})

test('jobs that have ended are not on the board, and who came first runs first', () => {
  const jobs = [
    job('third', 'a', 'PENDING', 3),
    job('second', 'a', 'INIT', 2),
    job('first', 'a', 'SETTING_UP', 1),
    job('old', 'a', 'SUCCEEDED', 0),
  ]
  const [item] = boardItems(live({ clusters: [cluster('a')], jobs }), [])
  expect(jobsOf(item!)).toMatchObject({ running: [{ id: 'first' }], waiting: 2 })
})

test('the worst note is in front, and what does not run needs nobody', () => {
  const notes = [note('a', 'idle', 'warn', 1), note('a', 'xid', 'bad', 5), note('a', 'hot', 'warn', 0)]
  const of = (state: ClusterState) =>
    boardItems(live({ clusters: [cluster('a', state)], nodes: { a: [node('a')] }, notes }), [])[0]!
  expect(of(ready).notes.map(({ kind }) => kind)).toEqual(['xid', 'hot', 'idle'])
  expect(of(ready).group).toBe('needs')
  expect(of({ is: 'stopped', since: 0 })).toMatchObject({ notes: [], group: 'stopped' })
  expect(machinesOf(of({ is: 'stopped', since: 0 }))).toEqual([])
})

test('a cluster is found by its name, place, host, GPUs, jobs and what it needs, by all the words together', () => {
  const items = boardItems(
    live({
      clusters: [cluster('llama'), cluster('eval')],
      nodes: { llama: [node('llama', ['NVIDIA H100 80GB HBM3'])], eval: [node('eval')] },
      jobs: [job('pretrain-7b', 'llama', 'RUNNING', 1)],
      notes: [note('eval', 'disk', 'warn', 1)],
    }),
    [],
  )
  const found = (words: string) => names(items.filter((item) => matches({ ...SHOW_ALL, words }, item)))
  expect(found('')).toEqual(['llama', 'eval'])
  expect(found('LLA')).toEqual(['llama'])
  expect(found('h100 pretrain')).toEqual(['llama'])
  expect(found('host-of-eval')).toEqual(['eval'])
  expect(found('disk it is')).toEqual(['eval'])
  expect(found('h100 eval')).toEqual([])
  expect(found('this machine')).toEqual(['llama', 'eval'])
  expect(names(items.filter((item) => matches({ ...SHOW_ALL, show: 'needs' }, item)))).toEqual(['eval'])
  expect(items.filter((item) => matches({ ...SHOW_ALL, placeId: 'elsewhere' }, item))).toEqual([])
})

test('each order, both ways; those alike stay as they were launched', () => {
  const items = boardItems(
    live({
      clusters: [cluster('b10'), cluster('b9'), cluster('a', { is: 'stopped', since: 0 }), cluster('c', ready, error)],
      nodes: { b10: [node('b10')], b9: [node('b9', ['NVIDIA L4', 'NVIDIA L4'])], a: [node('a')], c: [node('c')] },
      jobs: [job('j', 'b10', 'RUNNING', 1)],
    }),
    [],
  )
  const uses: Record<string, number | null> = { b10: 20, b9: 80, c: null }
  const sorted = (by: SortKey, down: boolean) => names(sortItems(items, { by, down }, (item) => uses[item.cluster.name] ?? null))
  expect(sorted('launched', false)).toEqual(['b10', 'b9', 'a', 'c'])
  expect(sorted('name', false)).toEqual(['a', 'b9', 'b10', 'c'])
  expect(sorted('name', true)).toEqual(['c', 'b10', 'b9', 'a'])
  expect(sorted('state', false)).toEqual(['c', 'b10', 'b9', 'a'])
  expect(sorted('gpus', true)).toEqual(['b9', 'b10', 'a', 'c'])
  expect(sorted('use', true)).toEqual(['b9', 'b10', 'a', 'c'])
  expect(sorted('jobs', true)).toEqual(['b10', 'b9', 'a', 'c'])
  expect(sorted('place', false)).toEqual(['b10', 'b9', 'a', 'c'])
})
