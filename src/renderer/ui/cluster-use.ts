import type { Cluster } from '../../shared/cluster.ts'
import { heldNumbers } from '../../shared/holders.ts'
import type { Node } from '../../shared/node.ts'
import { fresh } from '../data/samples.ts'
import { percentWords } from '../data/words.ts'
import { mean } from './cells.ts'

/**
 * How busy the machines are now: the mean of the GPUs that the nodes hold, or of their cores where there is none. Null: unknown. Each counts
 * once, whoever else is on its machine.
 */
export function meanUse(nodes: readonly Node[]): number | null {
  const withGpus = nodes.some((node) => heldNumbers(node).length > 0)
  const uses = new Map<string, number | null>()
  for (const node of nodes) {
    if (!node.machineId) continue
    const sample = fresh(node.machineId)
    if (!withGpus) uses.set(node.machineId, mean(sample?.cores_percent ?? []))
    else for (const i of heldNumbers(node)) uses.set(`${node.machineId}/${i}`, sample?.gpus?.use_percent[i] ?? null)
  }
  return mean([...uses.values()])
}

/** "71 %", or a dash while there is nothing to see. */
export function clusterUseWords(cluster: Cluster, nodes: readonly Node[]): string {
  if (cluster.state.is !== 'ready' && cluster.state.is !== 'degraded') return '–'
  const use = meanUse(nodes)
  return use === null ? '–' : percentWords(use)
}
