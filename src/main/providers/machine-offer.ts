import { holdersOf, holdersOfGpu } from '../../shared/holders.ts'
import type { MachineFacts } from '../../shared/machine.ts'
import type { Node } from '../../shared/node.ts'
import type { Offer } from '../../shared/offer.ts'

/** What an offer says of a machine, of its GPUs and of who lives there. `nodes`: those of all clusters. Pure. */
export function machineOffer(
  facts: MachineFacts | null,
  nodes: readonly Node[],
): Pick<Offer, 'machineId' | 'cores' | 'memory_MiB' | 'gpus' | 'gpuCount' | 'gpuName' | 'gpuMemory_MiB' | 'heldBy'> {
  const gpus = facts?.gpus ?? []
  return {
    machineId: facts?.machineId ?? null,
    cores: facts?.cores ?? null,
    memory_MiB: facts?.memory_MiB ?? null,
    gpus: gpus.map(({ uuid }) => ({ uuid, heldBy: holdersOfGpu(facts?.machineId ?? '', uuid, nodes)[0] ?? null })),
    gpuCount: gpus.length,
    gpuName: gpus[0]?.name ?? null,
    gpuMemory_MiB: gpus[0]?.memory_MiB ?? null,
    heldBy: facts ? holdersOf(facts.machineId, nodes) : [],
  }
}
