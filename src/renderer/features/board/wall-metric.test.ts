import { expect, test } from 'vitest'
import type { MachineFacts, MachineSample } from '../../../shared/machine.ts'
import { metricCells, metricWords, tileWords } from './wall-metric.ts'

const facts = (gpus: (number | null)[]): MachineFacts => ({
  machineId: 'm',
  hostname: 'h',
  os: '',
  platform: 'linux',
  arch: 'x64',
  cpu: null,
  cores: 4,
  memory_MiB: 1000,
  diskTotal_MiB: null,
  diskFree_MiB: null,
  gpus: gpus.map((memory_MiB, i) => ({ uuid: String(i), name: 'NVIDIA L4', memory_MiB })),
  gpuProblem: null,
  python: null,
})
const sample = (parts: Partial<MachineSample>): MachineSample => ({
  machineId: 'm',
  at: 0,
  cores_percent: [10, 20, 30, 40],
  memoryUsed_MiB: 250,
  memoryTotal_MiB: 1000,
  swapUsed_MiB: null,
  swapTotal_MiB: null,
  diskUsed_MiB: null,
  diskFree_MiB: null,
  down_Bps: null,
  up_Bps: null,
  temperature_C: 60,
  gpus: null,
  gpuProblem: null,
  problem: null,
  ...parts,
})
const gpus = { use_percent: [50, 50, null], memoryUsed_MiB: [40, 50, null], temperature_C: [90, 20, null], power_W: [] }
const node = { facts: facts([80, null, 80]), gpus: null }
const percents = (cells: { percent: number | null }[]) => cells.map(({ percent }) => percent)

test('of GPUs each has its own, and what it is a part of may be unknown', () => {
  const seen = sample({ gpus, gpuProblem: 'one is lost' })
  expect(percents(metricCells(seen, node, 'use'))).toEqual([50, 50, null])
  expect(metricCells(seen, node, 'memory')).toEqual([
    { percent: 50, error: false },
    { percent: null, error: false },
    { percent: null, error: true },
  ])
  expect(percents(metricCells(seen, node, 'heat'))).toEqual([100, 0, null])
  expect(metricWords(seen, node, 'heat')).toBe('heat of GPUs in °C: 90, 20, unknown')
  expect(tileWords([{ sample: seen, node }], 'heat')).toBe('90 °C')
  expect(tileWords([{ sample: seen, node }], 'memory')).toBe('50 %')
})

test('a machine without GPUs has as many cells as cores, all of its one memory', () => {
  const bare = { facts: facts([]), gpus: null }
  expect(percents(metricCells(sample({}), bare, 'memory'))).toEqual([25, 25, 25, 25])
  expect(percents(metricCells(sample({}), bare, 'heat'))).toEqual([50, 50, 50, 50])
  expect(metricWords(sample({}), bare, 'memory')).toBe('memory of the machine in percent: 25')
})

test('what is not seen is unknown', () => {
  expect(percents(metricCells(undefined, node, 'heat'))).toEqual([null, null, null])
  expect(metricWords(undefined, node, 'memory')).toBe('memory of 3 GPUs unknown')
  expect(tileWords([{ sample: undefined, node }], 'memory')).toBe('–')
})
