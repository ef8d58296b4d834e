import { heldNumbers } from '../../../shared/holders.ts'
import type { MachineSample } from '../../../shared/machine.ts'
import type { Node } from '../../../shared/node.ts'
import { count, percentWords } from '../../data/words.ts'
import { type Cell, machineCells, mean, most } from '../../ui/cells.ts'

/** What the colours of the wall tell of. */
export type Metric = 'use' | 'memory' | 'heat'

export const metrics: Record<Metric, { word: string; from: string; to: string }> = {
  use: { word: 'Use', from: '0', to: '100 % used' },
  memory: { word: 'Memory', from: '0', to: '100 % full' },
  heat: { word: 'Heat', from: '30 °C', to: '90 °C' },
}

/** Cooler is idle, hotter than the last is a reason to look. */
const COOL_C = 30
const HOT_C = 90

/** The cells of a node, as many by each metric: nothing moves. A node without GPUs has one memory and one heat, in all of its cells. Pure. */
export function metricCells(sample: MachineSample | undefined, node: Pick<Node, 'facts' | 'gpus'>, metric: Metric): Cell[] {
  const gpus = heldNumbers(node)
  const { cells } = machineCells(sample, { gpus, cores: node.facts?.cores ?? null })
  if (metric === 'use') return cells
  const values = readings(sample, node, metric)
  return cells.map(({ error }, i) => {
    const value = values[gpus.length > 0 ? i : 0] ?? null
    return { percent: value === null ? null : levelOf(value, metric), error: Boolean(error) && value === null }
  })
}

/** Of memory in percent, of heat in °C: of each GPU, or the one of a machine without. */
function readings(
  sample: MachineSample | undefined,
  node: Pick<Node, 'facts' | 'gpus'>,
  metric: Exclude<Metric, 'use'>,
): (number | null)[] {
  const gpus = heldNumbers(node)
  const share = (used: number | null | undefined, total: number | null | undefined) =>
    used == null || !total ? null : (used / total) * 100
  if (gpus.length === 0)
    return [metric === 'heat' ? (sample?.temperature_C ?? null) : share(sample?.memoryUsed_MiB, sample?.memoryTotal_MiB)]
  if (metric === 'heat') return gpus.map((i) => sample?.gpus?.temperature_C[i] ?? null)
  return gpus.map((i) => share(sample?.gpus?.memoryUsed_MiB[i], node.facts?.gpus[i]?.memory_MiB))
}

const levelOf = (value: number, metric: Exclude<Metric, 'use'>) =>
  metric === 'memory' ? value : Math.max(0, Math.min(100, ((value - COOL_C) / (HOT_C - COOL_C)) * 100))

/** "memory of GPUs in percent: 86, 12", "heat of the machine in °C: 61". */
export function metricWords(
  sample: MachineSample | undefined,
  node: Pick<Node, 'facts' | 'gpus'>,
  metric: Exclude<Metric, 'use'>,
): string {
  const gpus = heldNumbers(node).length
  const of = gpus > 0 ? 'GPUs' : 'the machine'
  const values = readings(sample, node, metric)
  if (values.every((value) => value === null)) return `${metric} of ${gpus > 0 ? count(gpus, 'GPU') : of} unknown`
  const unit = metric === 'memory' ? 'percent' : '°C'
  return `${metric} of ${of} in ${unit}: ${values.map((value) => (value === null ? 'unknown' : Math.round(value))).join(', ')}`
}

/** The one number of a cluster: how full its memory is, or its hottest. A dash where nothing is seen. */
export function tileWords(
  samples: readonly { sample: MachineSample | undefined; node: Pick<Node, 'facts' | 'gpus'> }[],
  metric: Exclude<Metric, 'use'>,
): string {
  const values = samples.flatMap(({ sample, node }) => readings(sample, node, metric))
  const value = metric === 'memory' ? mean(values) : most(values)
  if (value === null) return '–'
  return metric === 'memory' ? percentWords(value) : `${Math.round(value)} °C`
}
