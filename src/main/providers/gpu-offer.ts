import { holdersOfGpu } from '../../shared/holders.ts'
import type { MachineFacts } from '../../shared/machine.ts'
import type { Node } from '../../shared/node.ts'
import type { Offer } from '../../shared/offer.ts'

/** What an offer says of the GPUs of a machine. `nodes`: those of all clusters. Pure. */
export function gpuOffer(
  facts: MachineFacts | null,
  nodes: readonly Node[],
): Pick<Offer, 'machineId' | 'gpus' | 'gpuCount' | 'gpuName' | 'gpuMemory_MiB'> {
  const gpus = facts?.gpus ?? []
  return {
    machineId: facts?.machineId ?? null,
    gpus: gpus.map(({ uuid }) => ({ uuid, heldBy: holdersOfGpu(facts?.machineId ?? '', uuid, nodes)[0] ?? null })),
    gpuCount: gpus.length,
    gpuName: gpus[0]?.name ?? null,
    gpuMemory_MiB: gpus[0]?.memory_MiB ?? null,
  }
}
