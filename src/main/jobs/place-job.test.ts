import { expect, test } from 'vitest'
import type { Job } from '../../shared/job.ts'
import type { Node } from '../../shared/node.ts'
import type { Ray } from '../../shared/ray.ts'
import type { JobRecord } from '../storage/job-records.ts'
import { placeJob } from './place-job.ts'

const node = (rank: number, gpus = 0, state: Node['state'] = 'up') =>
  ({
    id: `n${rank}`,
    rank,
    machineId: null,
    state,
    gpus: null,
    facts: { gpus: Array(gpus).fill({ name: 'NVIDIA H100' }) },
  }) as unknown as Node
const record = (id: string, yaml = '', more: Partial<Job> = {}) =>
  ({ job: { id, state: 'INIT', ranks: [], error: null, ...more }, work: { ranks: [] }, yaml }) as unknown as JobRecord
const busy = (id: string, nodeIds: string[], more: Partial<Job> = {}) => {
  const ranks = nodeIds.map((nodeId, rank) => ({ rank, nodeId, state: 'RUNNING' }) as Job['ranks'][number])
  return record(id, '', { state: 'RUNNING', gpusPerNode: null, runner: 'shell', ranks, ...more })
}
const placed = (yaml: string, nodes: Node[], others: JobRecord[] = [], ray: Ray | null = null) => {
  const { job } = placeJob(record('new', yaml), nodes, others, ray)
  return { on: job.ranks.map(({ nodeId }) => nodeId), runner: job.runner }
}
const three = [node(0), node(1), node(2)]
const running = { is: 'running' } as Ray

test.each<[string, string, Node[], JobRecord[], string[]]>([
  ['the head first', 'num_nodes: 2\nrun: x', three, [], ['n0', 'n1']],
  ['those with the least to do, in their order', 'num_nodes: 2\nrun: x', three, [busy('a', ['n0'])], ['n1', 'n2']],
  [
    'fewer GPUs weigh less than a whole node',
    'run: x',
    three,
    [busy('a', ['n0', 'n1']), busy('b', ['n2'], { gpusPerNode: 8 })],
    ['n2'],
  ],
  ['what has ended weighs nothing', 'run: x', three, [busy('a', ['n0'], { state: 'SUCCEEDED' })], ['n0']],
  ['those that have the GPUs', 'resources: {accelerators: H100:2}\nrun: x', [node(0), node(1, 1), node(2, 2)], [], ['n2']],
  [
    'one that does not answer last',
    'num_nodes: 2\nrun: x',
    [node(0), node(1, 0, 'unknown'), node(2)],
    [busy('a', ['n2'])],
    ['n0', 'n2'],
  ],
])('%s', (_, yaml, nodes, others, on) => {
  expect(placed(yaml, nodes, others).on).toEqual(on)
})

test('too few nodes with what it asks for are refused', () => {
  expect(() => placed('num_nodes: 4\nrun: x', three)).toThrow(/too few nodes/)
  expect(() => placed('num_nodes: 2\nresources: {accelerators: H100}\nrun: x', [node(0, 1), node(1)])).toThrow(
    /does not have these GPUs/,
  )
})

test('Ray runs it where Ray runs, and nothing waits or runs that it does not know of', () => {
  expect(placed('run: x', three).runner).toBe('shell')
  expect(placed('run: x', three, [], { ...running, is: 'degraded' }).runner).toBe('shell')
  expect(placed('run: x', three, [], running).runner).toBe('ray')
  expect(placed('run: x', three, [busy('a', ['n0'], { runner: 'ray' })], running).runner).toBe('ray')
  expect(placed('run: x', three, [busy('a', ['n0'])], running).runner).toBe('shell')
})
