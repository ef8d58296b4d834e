import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import type { Node } from '../../../shared/node.ts'
import { readFacts } from '../../gpu/read-facts.ts'
import type { AnyStep, Step } from '../../operations/step.ts'
import { logFacts, nodeSteps } from '../node-steps.ts'
import type { ProviderAction } from '../provider.ts'

/** What each operation does on this machine, in order. `resources`: the folder of this installation. */
export function localSteps(resources: string): Record<ProviderAction, AnyStep[]> {
  const probe = probeStep(resources)
  const { folder, verify, keep, remove } = nodeSteps('local', resources)
  return {
    launch: [probe, folder, verify],
    start: [probe, folder, verify],
    stop: [keep],
    terminate: [remove],
  }
}

/** Asks the machine what it is and records it as the cluster's only node. */
function probeStep(resources: string): Step<{ nodeId: string }> {
  return {
    name: 'local.probe',
    title: 'Look at this machine',
    scope: 'attempt',
    expected_s: 0.5,
    timeout_s: 60,
    output: z.object({ nodeId: z.string() }),
    run: async (context) => {
      const endpoint = { via: 'local' as const }
      context.report({ text: 'Asking for CPU, memory, disk and GPUs', fraction: null })
      const { facts } = await readFacts(context.transport({ endpoint }), resources, context.signal)
      logFacts(context, facts)
      const known = context.nodes.find((node) => node.rank === 0)
      const node: Node = {
        id: known?.id ?? randomUUID(),
        clusterId: context.cluster.id,
        rank: 0,
        machineId: facts.machineId,
        externalId: null,
        innerIp: '127.0.0.1',
        endpoint,
        facts,
        state: 'pending',
        lastSeen: Date.now(),
      }
      context.saveNode(node)
      return { nodeId: node.id }
    },
    undo: async (context) => {
      for (const node of context.nodes) context.saveNode({ ...node, state: 'gone' })
      return []
    },
  }
}
