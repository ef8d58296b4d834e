import { cpus, release, totalmem, type } from 'node:os'
import { isEqual, judge, type Measured, type Result } from './measure.ts'

/** What the figures were taken on: without it none of them means anything. */
export function machineLine(): string {
  const cores = cpus()
  const memory_GiB = (totalmem() / 2 ** 30).toFixed(0)
  return `${cores.length} × ${cores[0]?.model.trim() ?? 'unknown CPU'}, ${memory_GiB} GiB, ${type()} ${release()}, Node ${process.versions.node}`
}

/** One line of a result: both sides with unit and spread, what they come to, the goal and whether it was met. */
export function resultLine({ bench, ours, against }: Result): string {
  const side = (s: Measured & { name: string }) => `${s.name} ${figure(s.median)} ± ${figure(s.spread)} ${bench.unit}`
  const goal = GOAL[bench.goal.is](bench.goal.limit, bench.unit)
  return [
    `${bench.name}: ${side(ours)}`,
    ...(against
      ? [`against ${side(against)}`, isEqual(ours, against) ? 'equal' : `${(ours.median / against.median).toFixed(2)}x`]
      : []),
    `${bench.runs} runs`,
    ...(goal ? [`goal ${goal}: ${judge(bench.goal, ours, against)}`] : []),
  ].join(' · ')
}

const GOAL = {
  none: () => '',
  'at-most': (limit: number, unit: string) => `≤ ${limit} ${unit}`,
  'at-least': (limit: number, unit: string) => `≥ ${limit} ${unit}`,
  'ratio-at-most': (limit: number) => `≤ ${limit}x`,
  'ratio-at-least': (limit: number) => `≥ ${limit}x`,
  'added-at-most': (limit: number, unit: string) => `≤ +${limit} ${unit}`,
}

/** Three significant digits, without an exponent. */
const figure = (value: number) => (Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3))))
