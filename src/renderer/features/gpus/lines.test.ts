import { expect, test } from 'vitest'
import type { MachineHistory } from '../../../shared/history.ts'
import type { MachineSample } from '../../../shared/machine.ts'
import { lineFigures, linesOf, type Pick } from './lines.ts'

const pick: Pick = { past: (history) => [history.cores_percent], live: ({ cores_percent: [one = null] }) => [one] }
const samples = (...all: [at_s: number, use: number | null][]) =>
  all.map(([at_s, use]) => ({ at: at_s * 1000, cores_percent: [use] }) as MachineSample)
const past = (from_s: number, step_s: number, cores_percent: (number | null)[]) =>
  ({
    from: from_s * 1000,
    to: (from_s + cores_percent.length * step_s) * 1000,
    step_ms: step_s * 1000,
    at: cores_percent.map((_, i) => (from_s + (i + 0.5) * step_s) * 1000),
    cores_percent,
  }) as MachineHistory
const between = (from_s: number, to_s: number, raw: boolean) => ({ from: from_s * 1000, to: to_s * 1000, raw })

test('what is read now goes before what was kept, each reading a point', () => {
  const lines = linesOf(1, pick, { past: past(0, 10, [1, 2, 3]), samples: samples([21, 30], [22, 40]) }, between(0, 25, true))
  expect(lines).toEqual({ at_s: [5, 15, 21, 22], values: [[1, 2, 30, 40]], unknown: [] })
})

test('a gap is a gap, and is known as one', () => {
  const lines = linesOf(
    1,
    pick,
    { past: undefined, samples: samples([100, 1], [101, 2], [160, 3], [170, null], [200, null]) },
    between(60, 200, true),
  )
  expect(lines.at_s).toEqual([100, 101, 101.001, 160, 170, 170.001, 200])
  expect(lines.values[0]).toEqual([1, 2, null, 3, null, null, null])
  expect(lines.unknown).toEqual([
    [60, 100],
    [101, 160],
    [160, 200],
  ])
})

test('nothing known at all', () => {
  expect(linesOf(1, pick, { past: undefined, samples: [] }, between(0, 900, true)).unknown).toEqual([[0, 900]])
})

test('over hours the readings of now are joined to steps: they finish the last one and go on', () => {
  const kept = past(0, 60, [10, 20, 30])
  const now = samples([118, 1], [130, 40], [170, 60], [190, 80])
  const lines = linesOf(1, pick, { past: kept, samples: now }, between(0, 200, false))
  expect(lines).toEqual({ at_s: [30, 90, 150, 200], values: [[10, 20, 50, 80]], unknown: [] })
})

test('readings that do not reach back to the last step leave it as it was kept', () => {
  const lines = linesOf(
    1,
    pick,
    { past: past(0, 60, [10, 20, 30]), samples: samples([170, 99], [185, 50]) },
    between(0, 200, false),
  )
  expect(lines.values).toEqual([[10, 20, 30, 50]])
})

test('a step that is still being lived is drawn up to now', () => {
  const lines = linesOf(1, pick, { past: past(0, 3600, [null, 20]), samples: samples([4000, 99]) }, between(0, 4100, false))
  expect(lines).toEqual({ at_s: [1800, 4100], values: [[null, 20]], unknown: [] })
})

test('figures of a line', () => {
  expect(lineFigures([null, 1, 5, null, 3])).toEqual({ now: 3, mean: 3, least: 1, most: 5 })
  expect(lineFigures([null])).toBeNull()
})
