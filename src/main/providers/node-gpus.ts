import { keepGpus, takeGpus } from '../../shared/holders.ts'
import type { MachineFacts } from '../../shared/machine.ts'
import type { Node } from '../../shared/node.ts'
import type { ProviderOptions } from './provider.ts'

/**
 * The GPUs that a node holds, now that its machine was looked at: those that it held before, else as many as are wished (null: all that
 * are free). It is to be saved at once, so that nobody takes them in between.
 * @throws StyxError `gpus.held` | `gpus.too-few`
 */
export function nodeGpus(
  node: Pick<Node, 'id' | 'gpus'>,
  facts: MachineFacts,
  wish: number | null,
  { nodes, clusterName }: Pick<ProviderOptions, 'nodes' | 'clusterName'>,
): string[] | null {
  const machine = { ...facts, gpus: facts.gpus.map(({ uuid }) => uuid) }
  const others = nodes().filter(({ id }) => id !== node.id)
  if (node.gpus === null) return takeGpus(machine, wish, others, clusterName)
  // Where nvidia-smi has its trouble, not seeing one of them says nothing.
  return facts.gpuProblem === null ? keepGpus(machine, node.gpus, others, clusterName) : node.gpus
}
