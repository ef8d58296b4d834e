import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { blankNode, type Node } from '../../../shared/node.ts'
import { readFacts } from '../../gpu/read-facts.ts'
import type { AnyStep, Step } from '../../operations/step.ts'
import { nodeGpus } from '../node-gpus.ts'
import { logFacts, logGpus, nodeSteps } from '../node-steps.ts'
import type { ProviderAction, ProviderOptions } from '../provider.ts'
import { localSpec } from './spec.ts'

/** What each operation does on this machine, in order. */
export function localSteps(options: ProviderOptions): Record<ProviderAction, AnyStep[]> {
  const { resources } = options
  const probe = probeStep(options)
  const { folder, verify, keep, remove } = nodeSteps('local', resources)
  return {
    launch: [probe, folder, verify],
    start: [probe, folder, verify],
    stop: [keep],
    terminate: [remove],
  }
}

/** Asks the machine what it is and records it as the cluster's only node. */
function probeStep(options: ProviderOptions): Step<{ nodeId: string }> {
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
      const { facts } = await readFacts(context.transport({ endpoint }), options.resources, context.signal)
      logFacts(context, facts)
      const [known = blankNode({ id: randomUUID(), clusterId: context.cluster.id, rank: 0 })] = context.nodes
      const wish = localSpec.parse(context.cluster.spec).gpus ?? null
      const node: Node = {
        ...known,
        machineId: facts.machineId,
        innerIp: '127.0.0.1',
        endpoint,
        facts,
        gpus: nodeGpus(known, facts, wish, options),
        state: 'pending',
        lastSeen: Date.now(),
      }
      context.saveNode(node)
      logGpus(context, node)
      return { nodeId: node.id }
    },
    undo: async (context) => {
      for (const node of context.nodes) context.saveNode({ ...node, state: 'gone' })
      return []
    },
  }
}
