import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { StyxError } from '../../shared/error.ts'
import { visibleGpus } from '../../shared/holders.ts'
import { memoryWords } from '../../shared/memory-words.ts'
import type { Node } from '../../shared/node.ts'
import type { PlaceKind } from '../../shared/place.ts'
import type { MachineFacts } from '../../shared/machine.ts'
import { nodeOf, type Step, type StepContext } from '../operations/step.ts'
import { type FolderOwner, foreignFolder, nodeFolder, verifyFolder } from './node-folder.ts'

/** The steps of a node that is a folder on a machine. `resources`: the folder of this installation. */
export function nodeSteps(kind: PlaceKind, resources: string) {
  const folder = folderStep(kind, resources)
  return {
    folder,
    verify: verifyStep(kind, resources, folder),
    keep: keepStep(kind, resources),
    remove: removeStep(kind, resources),
  }
}

/** What a machine is, for the log of a step. */
export function logFacts(context: StepContext, facts: MachineFacts): void {
  const memory = facts.memory_MiB === null ? 'unknown' : memoryWords(facts.memory_MiB)
  context.log(`${facts.hostname}: ${facts.os}, ${facts.cores ?? '?'} cores, ${memory} memory`)
  context.log(facts.gpuProblem ?? (facts.gpus.length === 0 ? 'No NVIDIA GPU here.' : `${facts.gpus.length} NVIDIA GPUs`))
}

/** Which of its machine's GPUs the node holds, for the log of a step. */
export function logGpus(context: StepContext, node: Node): void {
  const numbers = visibleGpus(node)
  if (numbers === null) return
  const all = node.facts?.gpus.length ?? 0
  context.log(
    numbers.length === 0
      ? `Other clusters hold its GPUs: this one has none of ${all}`
      : `This cluster holds ${numbers.length} of ${all} GPUs: ${numbers.join(', ')}`,
  )
}

/** Makes the node's folder with our marker in it. */
function folderStep(kind: PlaceKind, resources: string): Step<{ path: string }> {
  return {
    name: `${kind}.folder`,
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
function verifyStep(kind: PlaceKind, resources: string, folder: Step<{ path: string }>): Step<{ free_MiB: number | null }> {
  return {
    name: `${kind}.verify`,
    title: 'Try a shell in it',
    scope: 'node',
    expected_s: 0.1,
    timeout_s: 60,
    output: z.object({ free_MiB: z.number().nullable() }),
    run: async (context) => {
      const { path } = context.output(folder)
      context.report({ text: 'Writing and reading back', fraction: null })
      const { free_MiB } = await verifyFolder(path, randomUUID(), accessOf(context, resources))
      context.log(
        `A shell starts in ${path}, writes and reads; ${free_MiB === null ? 'unknown space' : memoryWords(free_MiB)} free`,
      )
      context.saveNode({ ...nodeOf(context), state: 'up', lastSeen: Date.now() })
      return { free_MiB }
    },
    // Before its folder goes: that is no news of a node that was up.
    undo: async (context) => {
      context.saveNode({ ...nodeOf(context), state: 'pending' })
      return []
    },
  }
}

/** Stop keeps the folder with all in it, and makes sure that it is there. */
function keepStep(kind: PlaceKind, resources: string): Step<{ size_kB: number | null }> {
  return {
    name: `${kind}.keep`,
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
function removeStep(kind: PlaceKind, resources: string): Step<{ removed: boolean }> {
  return {
    name: `${kind}.remove`,
    title: 'Remove its folder',
    scope: 'node',
    expected_s: 0.1,
    timeout_s: 660,
    output: z.object({ removed: z.boolean() }),
    run: async (context) => {
      if (nodeOf(context).lastSeen === null) {
        context.log('It never answered: nothing was made there')
        context.saveNode({ ...nodeOf(context), state: removedState(context) })
        return { removed: false }
      }
      context.report({ text: 'Removing what Styx made', fraction: null })
      const { path, state } = await nodeFolder('remove', ownerOf(context), accessOf(context, resources))
      if (state === 'foreign') throw foreignFolder(path)
      context.log(said(state, path))
      context.saveNode({ ...nodeOf(context), state: removedState(context), lastSeen: Date.now() })
      return { removed: state === 'removed' }
    },
  }
}

/** One that leaves its cluster stays so until that is done: to see it gone would be news of a cluster that has lost something. */
const removedState = (context: StepContext) => (nodeOf(context).state === 'removing' ? 'removing' : 'gone')

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

const folderGone = (path: string) =>
  new StyxError({
    code: 'node.folder-gone',
    what: 'The cluster’s folder is gone',
    where: path,
    why: 'Somebody removed it outside of Styx, or its disk is not mounted.',
    suggestion: 'Mount the disk and retry, or terminate the cluster.',
  })
