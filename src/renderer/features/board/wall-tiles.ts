import type { MachineSample } from '../../../shared/machine.ts'
import { memoryOf } from '../../../shared/memory-words.ts'
import { latest } from '../../data/samples.ts'
import { agoWords } from '../../data/time.ts'
import { clusterWord, nodeName, percentWords } from '../../data/words.ts'
import { type CellRow, nodeRows, sampleOf } from '../../ui/cell-rows.tsx'
import { machineCells } from '../../ui/cells.ts'
import { type BoardItem, machinesOf } from './items.ts'
import type { WallPlace } from './wall-layout.ts'

/** A cluster on the wall: a row of cells for each node, or one word where nothing runs. */
export type WallTile = { item: BoardItem; rows: (CellRow & { cells: number })[]; word: string | null }

export function wallTile(item: BoardItem): WallTile {
  if (machinesOf(item).length === 0) return { item, rows: [], word: clusterWord(item.cluster, item.operation).toLowerCase() }
  const rows = nodeRows(item.nodes).map((row) => ({ ...row, cells: machineCells(undefined, row).cells.length }))
  return { item, rows, word: null }
}

/** "train-9, worker 3, GPU 4": which cell this is. */
export function cellName({ item, rows }: WallTile, at: WallPlace): string {
  const row = rows[at.row]
  const node = item.nodes[at.row]
  if (!row || !node) return item.cluster.name
  const { each } = machineCells(sampleOf(row), row)
  const first = at.cell * each
  const last = Math.min(first + each, row.cores ?? first + each) - 1
  const cell = row.gpus.length > 0 ? `GPU ${row.gpus[at.cell]}` : last > first ? `cores ${first} to ${last}` : `core ${first}`
  return [item.cluster.name, item.nodes.length > 1 ? nodeName(node) : null, cell].filter(Boolean).join(', ')
}

/** "82 %, 61 of 80 GiB, 70 °C, 640 W", or why that is not known. */
export function cellWords({ item, rows }: WallTile, at: WallPlace): string {
  const row = rows[at.row]
  if (!row) return ''
  const sample = sampleOf(row)
  if (!sample) {
    const old = row.machineId === null ? undefined : latest(row.machineId)
    return old ? `unknown, seen ${agoWords(old.at, Date.now())}` : 'not seen yet'
  }
  const cell = machineCells(sample, row).cells[at.cell]
  const use = cell?.percent ?? null
  if (row.gpus.length === 0) return use === null ? (sample.problem ?? 'unknown') : percentWords(use)
  const gpu = row.gpus[at.cell] ?? at.cell
  const words = gpuWords(sample, gpu, item.nodes[at.row]?.facts?.gpus[gpu]?.memory_MiB ?? null)
  if (words.length > 0) return words.join(', ')
  return `unknown: ${sample.gpuProblem ?? sample.problem ?? 'it did not answer'}`
}

function gpuWords({ gpus }: MachineSample, i: number, memory_MiB: number | null): string[] {
  const words: string[] = []
  const add = (value: number | null | undefined, say: (value: number) => string) => {
    if (value !== null && value !== undefined) words.push(say(value))
  }
  add(gpus?.use_percent[i], percentWords)
  add(gpus?.memoryUsed_MiB[i], (used) => (memory_MiB === null ? `${Math.round(used)} MiB` : memoryOf(used, memory_MiB)))
  add(gpus?.temperature_C[i], (heat_C) => `${Math.round(heat_C)} °C`)
  add(gpus?.power_W[i], (power_W) => `${Math.round(power_W)} W`)
  return words
}
