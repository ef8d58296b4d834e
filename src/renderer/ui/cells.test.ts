import { expect, test } from 'vitest'
import type { MachineSample } from '../../shared/machine.ts'
import { cellPitch, machineCells, mean, most } from './cells.ts'

const sample = (parts: Partial<MachineSample>): MachineSample => ({
  machineId: 'm',
  at: 0,
  cores_percent: [],
  memoryUsed_MiB: null,
  memoryTotal_MiB: null,
  swapUsed_MiB: null,
  swapTotal_MiB: null,
  diskUsed_MiB: null,
  diskFree_MiB: null,
  down_Bps: null,
  up_Bps: null,
  temperature_C: null,
  gpus: null,
  gpuProblem: null,
  problem: null,
  ...parts,
})
const gpus = (use_percent: (number | null)[]) => ({ use_percent, memoryUsed_MiB: [], temperature_C: [], power_W: [] })

test('a machine that is not seen has as many unknown cells as it is known to have, and none is an error', () => {
  const { cells, of } = machineCells(undefined, { gpus: [0, 1, 2, 3], cores: 64 })
  expect(of).toBe('GPUs')
  expect(cells).toEqual(Array(4).fill({ percent: null, error: false }))
  expect(machineCells(undefined, { gpus: [], cores: null }).cells).toHaveLength(8)
})

test('of GPUs of which one was lost, that one is the error', () => {
  const { cells } = machineCells(sample({ gpus: gpus([90, null, 0]), gpuProblem: 'GPU is lost' }), { gpus: [0, 1, 2], cores: 2 })
  expect(cells).toEqual([
    { percent: 90, error: false },
    { percent: null, error: true },
    { percent: 0, error: false },
  ])
})

test('of a machine that others hold a part of, the cells are those of its own GPUs', () => {
  const { cells } = machineCells(sample({ gpus: gpus([90, 80, 70]) }), { gpus: [0, 2], cores: 2 })
  expect(cells.map(({ percent }) => percent)).toEqual([90, 70])
})

test('a GPU that cannot tell its use is unknown and no error', () => {
  expect(machineCells(sample({ gpus: gpus([null]) }), { gpus: [0], cores: 2 }).cells).toEqual([{ percent: null, error: false }])
})

test('without GPUs the cells are cores, many of them averaged with their neighbours', () => {
  const { cells, of, each } = machineCells(sample({ cores_percent: Array.from({ length: 128 }, (_, i) => (i < 4 ? 100 : 0)) }), {
    gpus: [],
    cores: 128,
  })
  expect(of).toBe('cores')
  expect(each).toBe(4)
  expect(cells).toHaveLength(32)
  expect(cells[0]).toEqual({ percent: 100 })
  expect(cells[1]).toEqual({ percent: 0 })
})

test('means and maxima are of what is known', () => {
  expect(mean([null, 10, 20])).toBe(15)
  expect(mean([null])).toBeNull()
  expect(most([null, 3, 9])).toBe(9)
  expect(most([])).toBeNull()
})

test('cells lie within their width, never on each other, and two cores are not two walls', () => {
  for (const cells of [1, 2, 8, 32, 64])
    for (const width of [20, 104, 240, 700]) {
      const { pitch_px, gap_px } = cellPitch(cells, width)
      expect(gap_px).toBeGreaterThanOrEqual(1)
      expect(cells * pitch_px - gap_px).toBeLessThanOrEqual(width + 0.001)
    }
  expect(cellPitch(2, 700).pitch_px).toBe(100)
})
