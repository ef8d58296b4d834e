import type { Cluster } from '../../../shared/cluster.ts'
import { heldGpus } from '../../../shared/holders.ts'
import type { GpuDetails, MachineDetails, MachineFacts, MachineSample } from '../../../shared/machine.ts'
import type { Node } from '../../../shared/node.ts'
import { gpuName, hasEnded, nodeName } from '../../data/words.ts'

/** A cluster on a machine, and the GPUs that it holds there, by UUID. */
export type On = { clusterId: string; cluster: string; node: string; gpus: readonly string[] }

/** A machine that is looked at, and whose it is. */
export type Machine = {
  machineId: string
  facts: MachineFacts
  /** The clusters on it, by name. None: only a place. */
  on: On[]
  /** "llama-pretrain, worker 2", "This machine". */
  name: string
}

/** One GPU, wherever it is. `index`: its place in the machine's columns. `on`: who holds it. */
export type GpuRow = {
  key: string
  machine: Machine
  on: On[]
  index: number
  uuid: string
  model: string
  memory_MiB: number | null
}

/** What a row shows now. */
export type GpuNow = {
  use: number | null
  memory: number | null
  heat: number | null
  power: number | null
  details: GpuDetails | undefined
}

type Known = {
  clusters: readonly Cluster[]
  nodes: Readonly<Record<string, Node[]>>
  /** Places that are machines themselves. */
  places: readonly { name: string; machine: MachineFacts | null }[]
}

/** Every machine that is known, once, those of clusters first. Pure. */
export function machinesOf({ clusters, nodes, places }: Known): Machine[] {
  const machines = new Map<string, Machine>()
  for (const cluster of clusters) {
    if (hasEnded(cluster)) continue
    const all = nodes[cluster.id] ?? []
    for (const node of all) {
      if (!node.machineId || !node.facts || node.state === 'gone') continue
      const machine = machines.get(node.machineId) ?? { machineId: node.machineId, facts: node.facts, on: [], name: '' }
      machine.on.push({
        clusterId: cluster.id,
        cluster: cluster.name,
        node: all.length > 1 ? nodeName(node) : '',
        gpus: heldGpus(node).map(({ uuid }) => uuid),
      })
      machines.set(node.machineId, machine)
    }
  }
  for (const machine of machines.values()) machine.name = onWords(machine.on)
  for (const { name, machine: facts } of places)
    if (facts && !machines.has(facts.machineId))
      machines.set(facts.machineId, { machineId: facts.machineId, facts, on: [], name })
  return [...machines.values()]
}

const onWords = (on: readonly On[]) => on.map(({ cluster, node }) => (node ? `${cluster}, ${node}` : cluster)).join(' and ')

/** Whose a GPU is: its clusters, or that nobody holds it. */
export function ownerWords({ machine, on }: Pick<GpuRow, 'machine' | 'on'>): string {
  if (on.length > 0) return onWords(on)
  return machine.on.length > 0 ? `${machine.facts.hostname}, held by nobody` : machine.name
}

export const gpuRows = (machines: readonly Machine[]): GpuRow[] =>
  machines.flatMap((machine) =>
    machine.facts.gpus.map(({ uuid, name, memory_MiB }, index) => ({
      key: `${machine.machineId}/${uuid}`,
      machine,
      on: machine.on.filter(({ gpus }) => gpus.includes(uuid)),
      index,
      uuid,
      model: gpuName(name),
      memory_MiB,
    })),
  )

export function nowOf(row: GpuRow, sample: MachineSample | undefined, details: ReadonlyMap<string, MachineDetails>): GpuNow {
  const gpus = sample?.gpus
  const { index } = row
  return {
    use: gpus?.use_percent[index] ?? null,
    memory: gpus?.memoryUsed_MiB[index] ?? null,
    heat: gpus?.temperature_C[index] ?? null,
    power: gpus?.power_W[index] ?? null,
    details: details.get(row.machine.machineId)?.gpus.find(({ uuid }) => uuid === row.uuid),
  }
}

export const states = { all: 'All', busy: 'Busy', idle: 'Idle', unknown: 'Unknown' } as const
export type GpuState = keyof typeof states

/** Below this it does nothing: an empty cell. */
const IDLE_BELOW = 4
export const stateOf = ({ use }: GpuNow): Exclude<GpuState, 'all'> =>
  use === null ? 'unknown' : use < IDLE_BELOW ? 'idle' : 'busy'

/** What a row can be found by: its machine, its model, its UUID, and who computes what on it. */
export function matches(row: GpuRow, now: GpuNow, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return true
  const { machine } = row
  const text = [
    ownerWords(row),
    machine.facts.hostname,
    `gpu ${row.index}`,
    row.model,
    row.uuid,
    ...(now.details?.mig ?? []),
    ...(now.details?.processes ?? []).flatMap(({ pid, user, command }) => [String(pid), user ?? '', command ?? '']),
  ]
    .join(' ')
    .toLowerCase()
  return words.every((word) => text.includes(word))
}

export type SortKey = 'gpu' | 'model' | 'use' | 'memory' | 'heat' | 'power' | 'clock' | 'ecc' | 'process' | 'user'
export type Sort = { by: SortKey; down: boolean }

/** Sorts in place of the rows' own order, which decides between equals; what is unknown comes last either way. */
export function sorted<T extends { row: GpuRow; now: GpuNow }>(items: readonly T[], { by, down }: Sort): T[] {
  if (by === 'gpu') return down ? [...items].reverse() : [...items]
  const keyed = items.map((item) => ({ item, key: sortKey(item.row, item.now, by) }))
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return (a.key === null ? 1 : 0) - (b.key === null ? 1 : 0)
    const order = typeof a.key === 'string' ? a.key.localeCompare(String(b.key)) : a.key - Number(b.key)
    return down ? -order : order
  })
  return keyed.map(({ item }) => item)
}

function sortKey({ model }: GpuRow, now: GpuNow, by: Exclude<SortKey, 'gpu'>): string | number | null {
  const { details } = now
  const first = details?.processes?.[0]
  switch (by) {
    case 'model':
      return model
    case 'use':
      return now.use
    case 'memory':
      return now.memory
    case 'heat':
      return now.heat
    case 'power':
      return now.power
    case 'clock':
      return details?.smClock_MHz ?? null
    case 'ecc':
      return details && details.eccUncorrected !== null ? details.eccUncorrected * 1e9 + (details.eccCorrected ?? 0) : null
    case 'process':
      return first?.command ?? null
    case 'user':
      return first?.user ?? null
  }
}
