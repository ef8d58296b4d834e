import { expect, test } from 'vitest'
import type { Cluster } from '../../../shared/cluster.ts'
import type { GpuDetails, MachineDetails, MachineFacts, MachineSample } from '../../../shared/machine.ts'
import type { Node } from '../../../shared/node.ts'
import { type GpuNow, gpuRows, machinesOf, matches, nowOf, ownerWords, sorted, stateOf } from './gpu-rows.ts'

const facts = (machineId: string, gpus: number) =>
  ({
    machineId,
    hostname: `host-${machineId}`,
    gpus: Array.from({ length: gpus }, (_, i) => ({
      uuid: `GPU-${machineId}${i}`,
      name: 'NVIDIA H100 80GB HBM3',
      memory_MiB: 81559,
    })),
  }) as unknown as MachineFacts
const cluster = (id: string, is = 'ready') => ({ id, name: `c-${id}`, state: { is } }) as unknown as Cluster
const node = (clusterId: string, rank: number, machineId: string | null, state = 'up') =>
  ({ clusterId, rank, machineId, state, gpus: null, facts: machineId && facts(machineId, 2) }) as Node
const now = (more: Partial<GpuNow> = {}): GpuNow => ({ use: 50, memory: 1, heat: 1, power: 1, details: undefined, ...more })
const details = (more: Partial<GpuDetails>) => more as GpuDetails

test('every machine once: those of clusters by their nodes, a place that is one only where no cluster is on it', () => {
  const machines = machinesOf({
    clusters: [cluster('a'), cluster('b'), cluster('old', 'terminated')],
    nodes: {
      a: [node('a', 0, 'm0'), node('a', 1, 'm1'), node('a', 2, null), node('a', 3, 'm3', 'gone')],
      b: [node('b', 0, 'm1')],
      old: [node('old', 0, 'm9')],
    },
    places: [
      { name: 'This machine', machine: facts('m0', 2) },
      { name: 'Other', machine: facts('m5', 0) },
      { name: 'Unchecked', machine: null },
    ],
  })
  expect(machines.map(({ machineId, name }) => [machineId, name])).toEqual([
    ['m0', 'c-a, head'],
    ['m1', 'c-a, worker 1 and c-b'],
    ['m5', 'Other'],
  ])
  expect(gpuRows(machines).map(({ key, model }) => [key, model])).toEqual(
    ['m0/GPU-m00', 'm0/GPU-m01', 'm1/GPU-m10', 'm1/GPU-m11'].map((key) => [key, 'H100 80 GB']),
  )
})

test('each GPU of a shared machine is its holder’s', () => {
  const held = (clusterId: string, gpus: string[]) => ({ ...node(clusterId, 0, 'm'), gpus }) as Node
  const nodes = { a: [held('a', ['GPU-m0'])], b: [held('b', [])] }
  const rows = gpuRows(machinesOf({ clusters: [cluster('a'), cluster('b')], nodes, places: [] }))
  expect(rows.map(ownerWords)).toEqual(['c-a', 'host-m, held by nobody'])
})

const [first, second] = gpuRows(machinesOf({ clusters: [], nodes: {}, places: [{ name: 'Here', machine: facts('m', 2) }] }))

test('readings by the place of the GPU, details by its UUID', () => {
  const sample = {
    gpus: { use_percent: [1, 2], memoryUsed_MiB: [3, null], temperature_C: [5, 6], power_W: [7, 8] },
  } as unknown as MachineSample
  const all = new Map([['m', { gpus: [details({ uuid: 'GPU-m1', powerCap_W: 9 })] } as MachineDetails]])
  expect(nowOf(second!, sample, all)).toEqual({
    use: 2,
    memory: null,
    heat: 6,
    power: 8,
    details: { uuid: 'GPU-m1', powerCap_W: 9 },
  })
  expect(nowOf(first!, undefined, all)).toEqual({ use: null, memory: null, heat: null, power: null, details: undefined })
})

test('busy, idle, unknown', () => {
  expect([null, 0, 3.9, 4, 100].map((use) => stateOf(now({ use })))).toEqual(['unknown', 'idle', 'idle', 'busy', 'busy'])
})

test('found by its machine, model, UUID, and by who computes what', () => {
  const busy = now({ details: details({ processes: [{ pid: 77, user: 'alice', command: 'python3 train.py', memory_MiB: 1 }] }) })
  for (const search of ['', 'here', 'HOST-m gpu 1', 'h100', 'alice train', '77', 'gpu-m1'])
    expect(matches(second!, busy, search)).toBe(true)
  for (const search of ['alice eval', 'a100', 'gpu bob']) expect(matches(second!, busy, search)).toBe(false)
})

test('sorted by a column, the unknown last either way, equals in their own order', () => {
  const items = [now({ use: 5 }), now({ use: null }), now({ use: 90 }), now({ use: 5 })].map((one, i) => ({
    row: first!,
    now: one,
    i,
  }))
  const order = (by: 'use' | 'gpu', down: boolean) => sorted(items, { by, down }).map(({ i }) => i)
  expect(order('use', true)).toEqual([2, 0, 3, 1])
  expect(order('use', false)).toEqual([0, 3, 2, 1])
  expect(order('gpu', true)).toEqual([3, 2, 1, 0])
})
