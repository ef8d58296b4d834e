import type { Node } from './node.ts'

/**
 * The clusters that hold a machine now, by id, oldest node first: those whose node on it has not gone. A cluster holds all GPUs of its
 * machines.
 */
export function holdersOf(machineId: string, nodes: Iterable<Node>): string[] {
  const holders = new Set<string>()
  for (const node of nodes) if (node.machineId === machineId && node.state !== 'gone') holders.add(node.clusterId)
  return [...holders]
}
