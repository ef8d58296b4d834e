import { useRef } from 'react'
import { heldNumbers } from '../../shared/holders.ts'
import type { MachineFacts } from '../../shared/machine.ts'
import type { Node } from '../../shared/node.ts'
import { fresh, latest } from '../data/samples.ts'
import { agoWords } from '../data/time.ts'
import { count, nodeName, percentWords } from '../data/words.ts'
import css from './cell-rows.module.css'
import { type Cell, machineCells, mean, most } from './cells.ts'
import { drawCells } from './draw-cells.ts'
import { LiveCanvas } from './live-canvas.tsx'
import { useLiveTexts } from './live-texts.ts'

const SMALL = { row_px: 21, cell_px: 12 }
const TALL = { row_px: 30, cell_px: 22 }

/** `rest`: nodes that share this row, a cell each. */
export type CellRow = {
  key: string
  label: string
  machineId: string | null
  /** By their numbers on the machine. */
  gpus: readonly number[]
  cores: number | null
  rest?: readonly CellRow[]
}

/** A row of cells for each node: its GPUs, or its cores where it has none. With `most`, those beyond it share the last row. */
export function nodeRows(nodes: readonly Node[], most = Number.POSITIVE_INFINITY): CellRow[] {
  const rows = nodes.map(nodeRow)
  const [first] = rows
  // A single machine without GPUs needs no name: the row says what the cells are.
  if (first && rows.length === 1 && first.gpus.length === 0) return [{ ...first, label: 'cores' }]
  if (rows.length <= most) return rows
  const rest = rows.slice(most - 1)
  const shared = { key: 'rest', label: `${rest.length} more`, machineId: null, gpus: [], cores: null, rest }
  return [...rows.slice(0, most - 1), shared]
}

/** A row for a node: what it holds of its machine. */
export const nodeRow = (node: Node): CellRow => ({
  key: node.id,
  label: nodeName(node),
  machineId: node.machineId,
  gpus: heldNumbers(node),
  cores: node.facts?.cores ?? null,
})

/** A row for a machine on which no node is meant. */
export const machineRow = (machine: MachineFacts): CellRow => ({
  key: machine.machineId,
  label: machine.gpus.length > 0 ? 'GPUs' : 'cores',
  machineId: machine.machineId,
  gpus: machine.gpus.map((_, index) => index),
  cores: machine.cores,
})

/** The sign of Styx: one small bar per GPU, coloured by use, a row per node. One canvas for all rows. Whoever shows it watches the machines. */
export function CellRows({ rows, tall = false }: { rows: readonly CellRow[]; tall?: boolean }) {
  const { row_px, cell_px } = tall ? TALL : SMALL
  const readings = useRef<HTMLDivElement>(null)
  useLiveTexts(readings, () => rows.map(reading))
  return (
    <div className={css.rows} style={{ '--row': `${row_px}px` } as React.CSSProperties}>
      <div className={css.labels}>
        {rows.map((row) => (
          <span key={row.key} title={row.label}>
            {row.label}
          </span>
        ))}
      </div>
      <LiveCanvas
        height_px={rows.length * row_px}
        draw={(context, width, _, ink) => {
          for (const [i, row] of rows.entries()) {
            const y = i * row_px + Math.round((row_px - cell_px) / 2)
            drawCells(context, cellsOf(row), { x: 0, y, width, height: cell_px }, ink)
          }
        }}
      >
        <RowWords rows={rows} />
      </LiveCanvas>
      <div ref={readings} className={css.readings}>
        {rows.map((row) => (
          <span key={row.key} />
        ))}
      </div>
    </div>
  )
}

/** What rows of cells say, in words: inside the canvas that shows them. `of`: what each row belongs to. `say`: other words than of their use. */
export function RowWords({ rows, of, say = inWords }: { rows: readonly CellRow[]; of?: string; say?(row: CellRow): string }) {
  const list = useRef<HTMLUListElement>(null)
  useLiveTexts(list, () => rows.map((row) => `${of ? `${of}, ` : ''}${row.label}: ${say(row)}`))
  return (
    <ul ref={list}>
      {rows.map((row) => (
        <li key={row.key} />
      ))}
    </ul>
  )
}

/** The same as one text: where rows of cells stand for one thing, in a table. */
export const wordsOfRows = (rows: readonly CellRow[]) => rows.map((row) => `${row.label}: ${inWords(row)}`).join('. ')

export const sampleOf = (row: CellRow) => (row.machineId === null ? undefined : fresh(row.machineId))

function cellsOf(row: CellRow): Cell[] {
  if (!row.rest) return machineCells(sampleOf(row), row).cells
  return row.rest.map((each) => ({ percent: mean(cellsOf(each).map(({ percent }) => percent)) }))
}

/** "95 % · 70 °C", or how long ago it was last seen. */
export function reading(row: CellRow): string {
  if (row.rest) return useWords(mean(cellsOf(row).map(({ percent }) => percent)))
  const sample = sampleOf(row)
  if (!sample) {
    const old = row.machineId === null ? undefined : latest(row.machineId)
    return old ? agoWords(old.at, Date.now()) : 'not seen yet'
  }
  const { gpus } = row
  const use = mean(gpus.length > 0 ? gpus.map((i) => sample.gpus?.use_percent[i] ?? null) : sample.cores_percent)
  const heat = gpus.length > 0 ? most(gpus.map((i) => sample.gpus?.temperature_C[i] ?? null)) : sample.temperature_C
  return heat === null ? useWords(use) : `${useWords(use)} · ${Math.round(heat)} °C`
}

const useWords = (use: number | null) => (use === null ? 'unknown' : percentWords(use))

function inWords(row: CellRow): string {
  const cells = cellsOf(row)
  const of = row.rest ? 'nodes' : row.gpus.length > 0 ? 'GPUs' : 'cores'
  const known = cells.filter(({ percent }) => percent !== null)
  if (known.length === 0) return `use of ${count(cells.length, of.slice(0, -1))} unknown`
  return `use of ${of} in percent: ${cells.map(({ percent }) => (percent === null ? 'unknown' : Math.round(percent))).join(', ')}`
}
