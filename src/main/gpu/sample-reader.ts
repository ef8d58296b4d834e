import type { MachineDetails, MachineSample } from '../../shared/machine.ts'
import { type LocatedGpu, parseDetails } from './details.ts'
import { parseGpuReadings } from './nvidia-smi.ts'
import { type Block, type GpuColumns, gpuColumns, parseBlock, sampleOf } from './sample.ts'
import { parseXids } from './xids.ts'

/** A reading this old is no longer one of now, ms. */
const GPU_FRESH_MS = 5_000
const DISK_FRESH_MS = 60_000
/** No command says more; what does is none of ours. */
const LINES_MOST = 1000

export type SampleReader = {
  /** The next line of the script, and when it came (epoch ms). */
  line(text: string, at: number): void
  close(): void
}

/**
 * Reads the lines of resources/node/sample.sh and publishes a sample for each block. nvidia-smi and df answer beside the
 * blocks: a block waits for the answers of its own shot for half an interval (so that all are of one moment), never longer. Details are
 * published as they come.
 * @param order the machine's GPUs by UUID; those first seen now are added
 */
export function createSampleReader(
  machineId: string,
  order: string[],
  interval_ms: () => number,
  publish: (sample: MachineSample) => void,
  publishDetails: (details: MachineDetails) => void,
): SampleReader {
  let collecting: string[] | null = null
  let before: Block | null = null
  let waiting: { n: number; block: Block; timer: NodeJS.Timeout } | null = null

  const rows = { gpu: [] as string[], disk: [] as string[], details: [] as string[], xid: [] as string[] }
  let gpu: { at: number; columns: GpuColumns } | null = null
  /** The shot of which the answer, or the lack of one, is known. */
  const settled = { gpu: 0, disk: 0 }
  let gpuLate_s: number | null = null
  let gpuNone = false
  let disk: { at: number; row: string } | null = null
  let located: LocatedGpu[] | null = null
  let xids: { at: number; lines: string[] } | null = null

  const flush = () => {
    if (!waiting) return
    clearTimeout(waiting.timer)
    const { block } = waiting
    waiting = null
    const row = disk && block.at - disk.at <= DISK_FRESH_MS ? disk.row : null
    publish(sampleOf(machineId, before, block, row, gpuNow(block.at)))
    before = block
  }

  function gpuNow(at: number): GpuColumns {
    if (gpuNone) return { gpus: null, gpuProblem: null }
    if (gpu && at - gpu.at <= Math.max(GPU_FRESH_MS, interval_ms() / 2)) return gpu.columns
    if (gpuLate_s === null && gpu === null) return gpuColumns(order, [], null) // the first shot is on its way
    return gpuColumns(order, [], `nvidia-smi has not answered for ${gpuLate_s ?? Math.round((at - (gpu?.at ?? at)) / 1000)} s.`)
  }

  function gpuEnded(exit: string, at: number): void {
    const { gpus, problem } = parseGpuReadings({ lines: rows.gpu, exit: /^\d+$/.test(exit) ? Number(exit) : null })
    for (const { uuid } of gpus) if (!order.includes(uuid)) order.push(uuid)
    gpu = { at, columns: gpuColumns(order, gpus, problem) }
    gpuLate_s = null
    rows.gpu = []
  }

  function tellDetails(at: number): void {
    if (!located) return
    const uuids = new Map(located.flatMap(({ bus, details }) => (bus ? [[bus, details.uuid] as const] : [])))
    publishDetails({
      machineId,
      at,
      gpus: located.map(({ details }) => details),
      xids: xids && parseXids(xids.lines, xids.at, uuids),
    })
  }

  const settle = (what: keyof typeof settled, n: number) => {
    settled[what] = n
    flushIfSettled()
  }
  const flushIfSettled = () => {
    if (waiting && settled.gpu === waiting.n && settled.disk === waiting.n) flush()
  }

  const line = (text: string, at: number): void => {
    const [, word = '', number = '', rest = ''] = /^(\S+) (\d{1,15}) ?(.*)$/.exec(text) ?? []
    const n = Number(number)
    if (word === 'tick') {
      flush()
      collecting = []
    } else if (word === 'end') {
      if (!collecting) return
      const timer = setTimeout(flush, interval_ms() / 2)
      waiting = { n, block: parseBlock(collecting, at), timer }
      collecting = null
      flushIfSettled()
    } else if (Object.hasOwn(rows, word)) {
      const kept = rows[word as keyof typeof rows]
      if (kept.length < LINES_MOST) kept.push(rest)
    } else if (word === 'gpu-exit') {
      gpuEnded(rest, at)
      settle('gpu', n)
    } else if (word === 'gpu-late') {
      gpuLate_s = Number(rest) || 0
      rows.gpu = []
      settle('gpu', n)
    } else if (word === 'gpu-none') {
      gpuNone = true
      settle('gpu', n)
    } else if (word === 'details-exit') {
      located = parseDetails(rows.details)
      rows.details = []
      tellDetails(at)
    } else if (word === 'xid-exit') {
      xids = rest === '0' ? { at, lines: rows.xid } : null
      rows.xid = []
      tellDetails(at)
    } else if (word === 'disk-exit') {
      disk = rest === '0' ? { at, row: rows.disk.at(-1) ?? '' } : null
      rows.disk = []
      settle('disk', n)
    } else if (word === 'disk-late' || word === 'disk-none') {
      rows.disk = []
      settle('disk', n)
    } else if (word === 'details-late') rows.details = []
    else if (word === 'xid-late') rows.xid = []
    else collecting?.push(text)
  }
  return {
    line,
    close: () => {
      if (waiting) clearTimeout(waiting.timer)
      waiting = null
    },
  }
}
