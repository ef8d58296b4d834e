import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { durationWords } from '../../../shared/duration-words.ts'
import { StyxError } from '../../../shared/error.ts'
import { blankNode, type Node, sshName } from '../../../shared/node.ts'
import { hostWords, poolSettings, poolSpec } from '../../../shared/pool.ts'
import { readFacts } from '../../gpu/read-facts.ts'
import { type AnyStep, nodeOf, type Step, type StepContext } from '../../operations/step.ts'
import { nodeGpus } from '../node-gpus.ts'
import { logFacts, logGpus, nodeSteps } from '../node-steps.ts'
import type { ProviderAction, ProviderOptions } from '../provider.ts'
import { reach } from './reach.ts'
import { resolveHost } from './resolve.ts'
import { readSurroundings } from './surroundings.ts'

/** A host that asks for something waits for the user, who may be asleep. */
const PATIENCE_s = 24 * 3600
/** A login takes a second; one that takes longer is told of, so that the user need not wait with it. */
const SLOW_MS = 5_000

/** What each operation does on SSH machines, in order. */
export function sshSteps(options: ProviderOptions): Record<ProviderAction, AnyStep[]> {
  const { folder, verify, keep, remove } = nodeSteps('ssh', options.resources)
  const probe = probeStep(options)
  return {
    launch: [chooseStep, loginStep, probe, folder, verify],
    start: [chooseStep, loginStep, probe, folder, verify],
    stop: [reached(keep)],
    terminate: [reached(remove)],
  }
}

/** Records the cluster's nodes, head first, and how each is reached by what the files say now. Nobody is contacted. */
const chooseStep: Step<{ nodes: string[] }> = {
  name: 'ssh.choose',
  title: 'Look up the machines',
  scope: 'attempt',
  expected_s: 0.1,
  timeout_s: 30,
  output: z.object({ nodes: z.array(z.string()) }),
  run: async (context) => {
    const around = await readSurroundings()
    const pool = poolSettings.parse(context.place.settings).hosts
    const nodes = plannedNodes(context).map((node): Node => {
      const host = pool.find(({ id }) => id === node.externalId)
      if (!host) throw hostRemoved(context.place.name)
      const endpoint = resolveHost(host, around)
      const way = endpoint.jump.map((hop) => `${sshName(hop)} → `).join('')
      context.log(`${hostWords(host)}: ${way}${sshName(endpoint)}`)
      return { ...node, endpoint, state: 'pending' }
    })
    for (const node of nodes) context.saveNode(node)
    return { nodes: nodes.map(({ id }) => id) }
  },
  undo: async (context) => {
    const { nodes, targets } = context
    // Those that were to be added: their cluster has lost nothing.
    for (const node of targets) context.saveNode({ ...node, state: targets.length < nodes.length ? 'removing' : 'gone' })
    return []
  },
}

/** Those that were recorded with the operation; where all was taken back since, those that were asked for. */
function plannedNodes({ cluster, targets, attempt }: StepContext): Node[] {
  if (targets.length > 0) return targets
  const { hosts } = poolSpec.parse(cluster.spec)
  return (hosts.length > 0 ? hosts : [attempt?.candidate.offerId ?? '']).map((hostId, rank) =>
    blankNode({ id: randomUUID(), clusterId: cluster.id, rank, externalId: hostId }),
  )
}

const hostRemoved = (where: string) =>
  new StyxError({
    code: 'ssh.host-removed',
    what: 'A machine of this cluster is not in its pool any more',
    where,
    suggestion: 'Add it to the pool again, or launch on the machines that are there.',
  })

/** Connects to the machine and logs in. What it asks (is this its key? a password) the user answers meanwhile. */
const loginStep: Step<null> = {
  name: 'ssh.login',
  title: 'Log in',
  scope: 'node',
  expected_s: 1,
  timeout_s: PATIENCE_s,
  output: z.null(),
  run: async (context) => {
    await logIn(context)
    return null
  },
}

async function logIn(context: StepContext): Promise<void> {
  const node = nodeOf(context)
  const name = nameOf(node)
  const silent = node.state === 'unknown' && node.lastSeen !== null
  const since = silent ? `, which has not answered for ${durationWords(Date.now() - node.lastSeen!)}` : ''
  context.report({ text: `Connecting to ${name}${since}`, fraction: null })
  await reach(context.transport(node), context.signal)
  context.log(`Logged in to ${name}`)
}

const nameOf = ({ endpoint }: Node): string => (endpoint?.via === 'ssh' ? sshName(endpoint) : '')

/** Each machine for itself: one that does not answer keeps none of the others from being done, and is told of while it is waited for. */
function reached<Out>(step: Step<Out>): Step<Out> {
  return {
    ...step,
    expected_s: 1,
    timeout_s: PATIENCE_s,
    run: async (context) => {
      const node = nodeOf(context)
      if (node.lastSeen === null) return step.run(context)
      const done = new AbortController()
      const tell = () => {
        context.report({ text: `Waiting for ${nameOf(node)}, which does not answer`, fraction: null })
        if (node.state === 'up') context.saveNode({ ...node, state: 'unknown' })
      }
      let isIn = false
      const slow = setTimeout(() => !isIn && tell(), SLOW_MS)
      context.transport(node).watch((link) => isIn && (link.is === 'silent' || link.is === 'lost') && tell(), done.signal)
      try {
        await logIn(context)
        isIn = true
        return await step.run(context)
      } finally {
        clearTimeout(slow)
        done.abort()
      }
    },
  }
}

/** Asks the machine what it is. */
function probeStep(options: ProviderOptions): Step<null> {
  return {
    name: 'ssh.probe',
    title: 'Look at the machine',
    scope: 'node',
    expected_s: 0.5,
    timeout_s: 60,
    output: z.null(),
    run: async (context) => {
      context.report({ text: 'Asking for CPU, memory, disk and GPUs', fraction: null })
      const { facts, innerIp } = await readFacts(context.transport(nodeOf(context)), options.resources, context.signal)
      logFacts(context, facts)
      const node = nodeOf(context)
      const wish = poolSpec.parse(context.cluster.spec).gpus[node.externalId ?? ''] ?? null
      const gpus = nodeGpus(node, facts, wish, options)
      const seen = { ...node, machineId: facts.machineId, facts, innerIp, gpus, lastSeen: Date.now() }
      context.saveNode(seen)
      logGpus(context, seen)
      return null
    },
  }
}
