import { heldFacts } from '../../../shared/holders.ts'
import type { Node } from '../../../shared/node.ts'
import { count, gpuName, machineWords } from '../../data/words.ts'

/** "4 nodes · 32 × H100 80 GB", or what the one machine is. */
export function madeOf(nodes: readonly Node[]): string {
  const facts = nodes.flatMap((node) => (node.facts ? heldFacts(node.facts, node.gpus) : []))
  const [first] = facts
  if (!first) return nodes.length === 0 ? 'nothing made yet' : `${count(nodes.length, 'node')}, not looked at yet`
  if (nodes.length === 1) return machineWords(first)
  const gpus = facts.flatMap((each) => each.gpus)
  if (gpus.length === 0) return `${count(nodes.length, 'node')} · ${machineWords(first)}`
  const kinds = new Set(gpus.map(({ name }) => gpuName(name)))
  return `${count(nodes.length, 'node')} · ${gpus.length} × ${kinds.size === 1 ? [...kinds][0] : 'GPUs of several kinds'}`
}
