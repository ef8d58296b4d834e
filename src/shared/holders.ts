import { StyxError } from './error.ts'
import type { GpuFacts, MachineFacts } from './machine.ts'
import type { Node } from './node.ts'

type Holder = Pick<Node, 'clusterId' | 'machineId' | 'facts' | 'gpus' | 'state'>

/** The clusters that live on a machine now, by id, oldest node first: those whose node on it has not gone. */
export function holdersOf(machineId: string, nodes: Iterable<Holder>): string[] {
  const holders = new Set<string>()
  for (const node of nodes) if (node.machineId === machineId && node.state !== 'gone') holders.add(node.clusterId)
  return [...holders]
}

/** Who holds a GPU: the ids of clusters, of which there is one at most but where a GPU came to a machine that two had without. */
export function holdersOfGpu(machineId: string, uuid: string, nodes: Iterable<Holder>): string[] {
  const holders = new Set<string>()
  for (const node of nodes) if (node.state !== 'gone' && holds(node, machineId, uuid)) holders.add(node.clusterId)
  return [...holders]
}

/** A machine that is known by two names has the same id, and its GPUs the same UUIDs. Who has all of a machine has what was seen there. */
const holds = ({ machineId, facts, gpus }: Holder, on: string, uuid: string) =>
  gpus === null ? machineId === on && (facts === null || facts.gpus.some((gpu) => gpu.uuid === uuid)) : gpus.includes(uuid)

/** The GPUs of its machine that a node holds, in the order of nvidia-smi. */
export const heldGpus = ({ facts, gpus }: Pick<Node, 'facts' | 'gpus'>): GpuFacts[] =>
  facts?.gpus.filter(({ uuid }) => gpus === null || gpus.includes(uuid)) ?? []

/**
 * Which GPUs of its machine programs of a node may see, as CUDA_VISIBLE_DEVICES has them with CUDA_DEVICE_ORDER=PCI_BUS_ID; null: all,
 * nothing is to be said to them. By number and not by UUID: much of what reads the variable knows numbers alone.
 */
export function visibleGpus({ facts, gpus }: Pick<Node, 'facts' | 'gpus'>): number[] | null {
  if (gpus === null || facts === null) return null
  const numbers = facts.gpus.flatMap(({ uuid }, index) => (gpus.includes(uuid) ? [index] : []))
  return numbers.length === facts.gpus.length ? null : numbers
}

/** The numbers on its machine of the GPUs that a node holds. */
export const heldNumbers = (node: Pick<Node, 'facts' | 'gpus'>): number[] =>
  visibleGpus(node) ?? node.facts?.gpus.map((_, index) => index) ?? []

/** What of a machine a node has: other clusters' GPUs are not its own. */
export const heldFacts = <Facts extends MachineFacts>(facts: Facts, gpus: Node['gpus']): Facts => ({
  ...facts,
  gpus: heldGpus({ facts, gpus }),
})

export type Machine = Pick<MachineFacts, 'machineId' | 'hostname'> & { gpus: readonly string[] }

/**
 * The GPUs that a node gets, by UUID. `wish`: how many; null: all that are free. `others`: the nodes of all clusters but itself. Null: the
 * machine has none that is known, so all that it comes to have. Pure.
 * @throws StyxError `gpus.held` | `gpus.too-few`
 */
export function takeGpus(
  { machineId, hostname, gpus }: Machine,
  wish: number | null,
  others: readonly Holder[],
  clusterName: (id: string) => string,
): string[] | null {
  if (wish !== null && wish > gpus.length)
    throw new StyxError({
      code: 'gpus.too-few',
      what: 'The machine has not so many GPUs',
      where: hostname,
      why: `${wish} are asked for, and it has ${gpus.length}.`,
      suggestion: 'Ask for fewer.',
    })
  if (gpus.length === 0) return null
  const free = gpus.filter((uuid) => holdersOfGpu(machineId, uuid, others).length === 0)
  if (wish !== null && wish > free.length)
    throw held(
      hostname,
      `${wish} of its ${gpus.length} are asked for, and ${free.length} are free`,
      machineId,
      gpus,
      others,
      clusterName,
    )
  return free.slice(0, wish ?? free.length)
}

/**
 * The GPUs of a node that has held some before, now that its machine was looked at again: those that are not there any more are replaced by
 * free ones. Pure.
 * @throws StyxError `gpus.held`: meanwhile another cluster holds them
 */
export function keepGpus(
  { machineId, hostname, gpus }: Machine,
  mine: readonly string[],
  others: readonly Holder[],
  clusterName: (id: string) => string,
): string[] {
  const isTaken = (uuid: string) => holdersOfGpu(machineId, uuid, others).length > 0
  const lost = mine.filter(isTaken)
  if (lost.length > 0)
    throw held(hostname, `${lost.length} that this cluster held went to others meanwhile`, machineId, lost, others, clusterName)
  const kept = mine.filter((uuid) => gpus.includes(uuid))
  const free = gpus.filter((uuid) => !mine.includes(uuid) && !isTaken(uuid))
  return [...kept, ...free.slice(0, mine.length - kept.length)]
}

function held(
  where: string,
  why: string,
  machineId: string,
  gpus: readonly string[],
  others: readonly Holder[],
  clusterName: (id: string) => string,
): StyxError {
  const by = new Map<string, number>()
  for (const uuid of gpus) for (const id of holdersOfGpu(machineId, uuid, others)) by.set(id, (by.get(id) ?? 0) + 1)
  const holders = [...by].map(([id, count]) => `${clusterName(id)} holds ${count}`).join(', ')
  return new StyxError({
    code: 'gpus.held',
    what: 'GPUs are held by other clusters',
    where,
    why: `${why}: ${holders}.`,
    suggestion: 'Ask for fewer, or terminate a cluster that holds them.',
  })
}
