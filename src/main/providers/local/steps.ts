import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { StyxError } from '../../../shared/error.ts'
import { memoryWords } from '../../../shared/memory-words.ts'
import type { Node } from '../../../shared/node.ts'
import type { OperationKind } from '../../../shared/operation.ts'
import { readFacts } from '../../gpu/read-facts.ts'
import type { AnyStep, Step, StepContext } from '../../operations/step.ts'
import { type FolderOwner, foreignFolder, nodeFolder, verifyFolder } from '../node-folder.ts'

/** What each operation does on this machine, in order. `resources`: the folder of this installation. */
export function localSteps(resources: string): Record<OperationKind, AnyStep[]> {
  const probe = probeStep(resources)
  const folder = folderStep(resources)
  const verify = verifyStep(resources, folder)
  return {
    launch: [probe, folder, verify],
    start: [probe, folder, verify],
    stop: [keepStep(resources)],
    terminate: [removeStep(resources)],
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
      const memory = facts.memory_MiB === null ? 'unknown' : memoryWords(facts.memory_MiB)
      context.log(`${facts.hostname}: ${facts.os}, ${facts.cores ?? '?'} cores, ${memory} memory`)
      context.log(facts.gpuProblem ?? (facts.gpus.length === 0 ? 'No NVIDIA GPU here.' : `${facts.gpus.length} NVIDIA GPUs`))
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

/** Makes the node's folder with our marker in it. */
function folderStep(resources: string): Step<{ path: string }> {
  return {
    name: 'local.folder',
    title: 'Make its folder',
    scope: 'node',
    expected_s: 0.1,
    timeout_s: 60,
    output: z.object({ path: z.string() }),
    run: async (context) => {
      context.report({ text: 'Making it, for you alone', fraction: null })
      const { path, state } = await nodeFolder('make', ownerOf(context), accessOf(context, resources))
      if (state === 'foreign') throw foreignFolder(path)
      context.log(state === 'made' ? `Made ${path} (only you may enter it)` : `${path} is there already`)
      return { path }
    },
    undo: async (context) => {
      const { path, state } = await nodeFolder('remove', ownerOf(context), accessOf(context, resources))
      context.log(said(state, path))
      if (state !== 'foreign') return []
      const { what, why } = foreignFolder(path).data
      return [{ what, where: path, why }]
    },
  }
}

/** Starts a shell in the folder and lets it write and read; from then on the node is up. */
function verifyStep(resources: string, folder: Step<{ path: string }>): Step<{ free_MiB: number | null }> {
  return {
    name: 'local.verify',
    title: 'Try a shell in it',
    scope: 'node',
    expected_s: 0.1,
    timeout_s: 60,
    output: z.object({ free_MiB: z.number().nullable() }),
    run: async (context) => {
      const { path } = context.output(folder)
      context.report({ text: 'Writing and reading back', fraction: null })
      const { free_MiB } = await verifyFolder(path, randomUUID(), accessOf(context, resources))
      context.log(`A shell starts in ${path}, writes and reads; ${free_MiB ?? 'unknown'} MiB free`)
      context.saveNode({ ...nodeOf(context), state: 'up', lastSeen: Date.now() })
      return { free_MiB }
    },
  }
}

/** Stop keeps the folder with all in it, and makes sure that it is there. */
function keepStep(resources: string): Step<{ size_kB: number | null }> {
  return {
    name: 'local.keep',
    title: 'Keep its folder',
    scope: 'node',
    expected_s: 0.1,
    timeout_s: 360,
    output: z.object({ size_kB: z.number().nullable() }),
    run: async (context) => {
      context.report({ text: 'Measuring what is kept', fraction: null })
      const { path, state, size_kB } = await nodeFolder('measure', ownerOf(context), accessOf(context, resources))
      if (state === 'foreign') throw foreignFolder(path)
      if (state === 'absent') throw folderGone(path)
      context.log(`Kept ${path}, ${size_kB ?? 'unknown'} kB`)
      context.saveNode({ ...nodeOf(context), state: 'stopped', lastSeen: Date.now() })
      return { size_kB }
    },
  }
}

/** Removes the node's folder, and nothing that does not carry our marker. */
function removeStep(resources: string): Step<{ removed: boolean }> {
  return {
    name: 'local.remove',
    title: 'Remove its folder',
    scope: 'node',
    expected_s: 0.1,
    timeout_s: 660,
    output: z.object({ removed: z.boolean() }),
    run: async (context) => {
      context.report({ text: 'Removing what Styx made', fraction: null })
      const { path, state } = await nodeFolder('remove', ownerOf(context), accessOf(context, resources))
      if (state === 'foreign') throw foreignFolder(path)
      context.log(said(state, path))
      context.saveNode({ ...nodeOf(context), state: 'gone', lastSeen: Date.now() })
      return { removed: state === 'removed' }
    },
  }
}

const said = (state: string, path: string) =>
  state === 'removed'
    ? `Removed ${path}`
    : state === 'absent'
      ? `${path} is not there: nothing to remove`
      : `Left ${path} alone: it is not ours`

const accessOf = (context: StepContext, resources: string) => ({
  transport: context.transport(nodeOf(context)),
  resources,
  signal: context.signal,
})

const ownerOf = (context: StepContext): FolderOwner => ({
  installationId: context.installationId,
  clusterId: context.cluster.id,
  nodeId: nodeOf(context).id,
})

function nodeOf(context: StepContext): Node {
  if (!context.node) throw new StyxError({ code: 'step.no-node', what: 'This step needs a node', where: context.cluster.name })
  return context.node
}

const folderGone = (path: string) =>
  new StyxError({
    code: 'node.folder-gone',
    what: 'The cluster’s folder is gone',
    where: path,
    why: 'Somebody removed it outside of Styx, or its disk is not mounted.',
    suggestion: 'Mount the disk and retry, or terminate the cluster.',
  })
