import type { Cluster } from '../../shared/cluster.ts'
import type { Node } from '../../shared/node.ts'
import { fresh } from '../data/samples.ts'
import { percentWords } from '../data/words.ts'
import { mean } from './cells.ts'

/** How busy the machines are now: the mean of their GPUs, or of their cores where they have none. Null: unknown. Each machine counts once. */
export function meanUse(nodes: readonly Node[]): number | null {
  const machines = new Map(nodes.flatMap((node) => (node.machineId ? [[node.machineId, node] as const] : [])))
  const uses: (number | null)[] = []
  const withGpus = [...machines.values()].some(({ facts }) => facts?.gpus.length)
  for (const id of machines.keys()) {
    const sample = fresh(id)
    if (withGpus) uses.push(...(sample?.gpus?.use_percent ?? []))
    else uses.push(mean(sample?.cores_percent ?? []))
  }
  return mean(uses)
}

/** "71 %", or a dash while there is nothing to see. */
export function clusterUseWords(cluster: Cluster, nodes: readonly Node[]): string {
  if (cluster.state.is !== 'ready' && cluster.state.is !== 'degraded') return '–'
  const use = meanUse(nodes)
  return use === null ? '–' : percentWords(use)
}
