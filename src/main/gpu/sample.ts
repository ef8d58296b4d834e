import type { MachineSample } from '../../shared/machine.ts'
import { parseDisk } from './facts.ts'
import type { GpuReading } from './nvidia-smi.ts'

/** One block of resources/node/sample.sh as it stands there: counters that only differences of two blocks tell something of. */
export type Block = {
  /** Epoch ms, the engine's clock, when it arrived. */
  at: number
  /** The node's own clock since its boot, s; null where it has none. */
  uptime_s: number | null
  /** By the core's name; in clock ticks since the boot. */
  cores: Map<string, { idle: number; total: number }>
  /** Where single cores cannot be read (macOS): all of them together, 0–100. */
  allCores_percent: number | null
  memoryUsed_MiB: number | null
  memoryTotal_MiB: number | null
  swapUsed_MiB: number | null
  swapTotal_MiB: number | null
  /** Bytes since the boot, by interface. */
  interfaces: Map<string, { down: number; up: number }>
  temperature_C: number | null
}

/** Bridges and the machine's side of containers carry the bytes of the real interface once more. */
const COUNTED_TWICE = /^(lo\d*|veth|docker|br-|virbr|cni|flannel|cali|ifb)/

/** Reads the lines between `tick` and `end`. Pure; never throws: what is not in the agreed form is unknown. */
export function parseBlock(lines: string[], at: number): Block {
  const block: Block = {
    at,
    uptime_s: null,
    cores: new Map(),
    allCores_percent: null,
    memoryUsed_MiB: null,
    memoryTotal_MiB: null,
    swapUsed_MiB: null,
    swapTotal_MiB: null,
    interfaces: new Map(),
    temperature_C: null,
  }
  const memory: { name: string; value: number }[] = []
  for (const line of lines) {
    const [kind, name = '', ...rest] = line.trim().split(/\s+/)
    if (kind === 'uptime') block.uptime_s = decimal(name)
    else if (kind === 'core') addCore(block, name, rest)
    else if (kind === 'cores-percent') block.allCores_percent = within(decimal(name), 0, 100)
    else if (kind === 'memory') memory.push({ name, value: counter(rest[0]) ?? -1 })
    else if (kind === 'net') addInterface(block, name, rest)
    else if (kind === 'temperature') block.temperature_C = hotter(block.temperature_C, name)
  }
  return { ...block, ...memoryOf(memory), ...swapOf(memory) }
}

/** A line of /proc/stat: user nice system idle iowait irq softirq steal (guest is within user). */
function addCore(block: Block, name: string, cells: string[]): void {
  const times = cells.slice(0, 8).map(counter)
  const known = times.filter((time) => time !== null)
  if (!/^cpu\d+$/.test(name) || times.length < 7 || known.length < times.length) return
  block.cores.set(name, { idle: known[3]! + known[4]!, total: known.reduce((sum, time) => sum + time, 0) })
}

function addInterface(block: Block, name: string, cells: string[]): void {
  const [down, up] = [counter(cells[0]), counter(cells[1])]
  if (down !== null && up !== null && cells.length === 2 && !COUNTED_TWICE.test(name)) block.interfaces.set(name, { down, up })
}

function hotter(known: number | null, cell: string): number | null {
  const value = within(decimal(cell), -50_000, 150_000)
  return value === null ? known : Math.max(known ?? -Infinity, Math.round(value / 100) / 10)
}

type Said = { name: string; value: number }[]

/** Linux tells what is free, macOS what is used. */
function swapOf(said: Said): Pick<Block, 'swapUsed_MiB' | 'swapTotal_MiB'> {
  const kB = (name: string) => said.findLast((one) => one.name === name && one.value >= 0)?.value
  const total = kB('SwapTotal:') ?? kB('Swap-kB:')
  const free = kB('SwapFree:')
  const used = total !== undefined && free !== undefined ? total - free : kB('Swap-used-kB:')
  const possible = total !== undefined && used !== undefined && used >= 0 && used <= total
  return {
    swapTotal_MiB: total === undefined ? null : Math.round(total / 1024),
    swapUsed_MiB: possible ? Math.round(used / 1024) : null,
  }
}

function memoryOf(said: Said): Pick<Block, 'memoryUsed_MiB' | 'memoryTotal_MiB'> {
  const all = (name: string) => said.filter((one) => one.name === name && one.value >= 0).map((one) => one.value)
  const MiB = (name: string, unit_bytes: number) => scaled(all(name).at(-1), unit_bytes) // v1 tells its own, then the whole
  const limit = MiB('Limit-bytes:', 1)
  const total = limit ?? MiB('MemTotal:', 1024) ?? MiB('Total-bytes:', 1)
  const pages = all('Pages:').length === 3 ? all('Pages:').reduce((sum, one) => sum + one, 0) : undefined
  const used =
    limit !== null
      ? difference(MiB('Usage-bytes:', 1), MiB('Reclaimable-bytes:', 1))
      : (difference(MiB('MemTotal:', 1024), MiB('MemAvailable:', 1024)) ?? scaled(pages, all('Page-bytes:')[0]))
  const possible = used !== null && total !== null && used >= 0 && used <= total
  return { memoryTotal_MiB: total === null ? null : Math.round(total), memoryUsed_MiB: possible ? Math.round(used) : null }
}

const difference = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? null : one - other
const scaled = (count: number | undefined, unit_bytes: number | undefined): number | null =>
  count === undefined || unit_bytes === undefined ? null : (count * unit_bytes) / 1024 / 1024

/** What the sample says of GPUs: a column for each, in the order of `uuids`; null for those that did not answer. */
export type GpuColumns = Pick<MachineSample, 'gpus' | 'gpuProblem'>

/** The readings in the order of `uuids`. Pure. */
export function gpuColumns(uuids: readonly string[], readings: readonly GpuReading[], problem: string | null): GpuColumns {
  const by = new Map(readings.map((one) => [one.uuid, one]))
  const column = (key: Exclude<keyof GpuReading, 'uuid'>) => uuids.map((uuid) => by.get(uuid)?.[key] ?? null)
  const gpus = {
    use_percent: column('use_percent'),
    memoryUsed_MiB: column('memoryUsed_MiB'),
    temperature_C: column('temperature_C'),
    power_W: column('power_W'),
  }
  return { gpus, gpuProblem: problem }
}

/**
 * Two blocks, one after the other, and what answered beside them, as a sample. Without a block before it, what needs a difference is
 * unknown. `disk`: the last line of df. Pure.
 */
export function sampleOf(
  machineId: string,
  before: Block | null,
  now: Block,
  disk: string | null,
  gpu: GpuColumns,
): MachineSample {
  const space = parseDisk(disk)
  return {
    machineId,
    at: now.at,
    cores_percent: coresOf(before, now),
    memoryUsed_MiB: now.memoryUsed_MiB,
    memoryTotal_MiB: now.memoryTotal_MiB,
    swapUsed_MiB: now.swapUsed_MiB,
    swapTotal_MiB: now.swapTotal_MiB,
    diskUsed_MiB: space?.used_MiB ?? null,
    diskFree_MiB: space?.free_MiB ?? null,
    ...ratesOf(before, now),
    temperature_C: now.temperature_C,
    ...gpu,
    problem: null,
  }
}

/** A sample of a machine that gave none: all is unknown, and why. */
export function unknownSample(machineId: string, at: number, why: string): MachineSample {
  return {
    machineId,
    at,
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
    problem: why,
  }
}

function coresOf(before: Block | null, now: Block): (number | null)[] {
  if (now.allCores_percent !== null) return [now.allCores_percent]
  if (before === null) return []
  return [...now.cores].map(([name, { idle, total }]) => {
    const past = before.cores.get(name)
    if (!past || total <= past.total) return null // just come online, or its counters began anew
    const idled = Math.max(0, idle - past.idle) // the kernel's iowait may go back a little
    return within(Math.round((1 - idled / (total - past.total)) * 1000) / 10, 0, 100)
  })
}

function ratesOf(before: Block | null, now: Block): { down_Bps: number | null; up_Bps: number | null } {
  const unknown = { down_Bps: null, up_Bps: null }
  if (before === null || now.interfaces.size === 0) return unknown
  const byNode = before.uptime_s !== null && now.uptime_s !== null ? now.uptime_s - before.uptime_s : null
  const passed_s = byNode ?? (now.at - before.at) / 1000
  if (passed_s <= 0) return unknown
  let [down, up] = [0, 0]
  for (const [name, bytes] of now.interfaces) {
    const past = before.interfaces.get(name)
    if (!past) continue // new: what it carried before is not of this interval
    if (bytes.down < past.down || bytes.up < past.up) return unknown // its counters began anew
    down += bytes.down - past.down
    up += bytes.up - past.up
  }
  return { down_Bps: Math.round(down / passed_s), up_Bps: Math.round(up / passed_s) }
}

const counter = (text: string | undefined): number | null => (text !== undefined && /^\d{1,20}$/.test(text) ? Number(text) : null)
const decimal = (text: string): number | null => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : null)
const within = (value: number | null, least: number, most: number): number | null =>
  value !== null && value >= least && value <= most ? value : null
