import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { StyxError } from '../../../shared/error.ts'
import type { Node } from '../../../shared/node.ts'
import { sshName } from '../../../shared/node.ts'
import { hostWords, poolSettings, poolSpec } from '../../../shared/pool.ts'
import { readFacts } from '../../gpu/read-facts.ts'
import type { AnyStep, Step, StepContext } from '../../operations/step.ts'
import { logFacts, nodeOf, nodeSteps } from '../node-steps.ts'
import type { ProviderAction } from '../provider.ts'
import { reach } from './reach.ts'
import { resolveHost } from './resolve.ts'
import { readSurroundings } from './surroundings.ts'

/** A host that asks for something waits for the user, who may be asleep. */
const PATIENCE_s = 24 * 3600

/** What each operation does on SSH machines, in order. */
export function sshSteps(resources: string): Record<ProviderAction, AnyStep[]> {
  const { folder, verify, keep, remove } = nodeSteps('ssh', resources)
  const probe = probeStep(resources)
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
    const nodes = chosenHosts(context).map((host, rank): Node => {
      const endpoint = resolveHost(host, around)
      const way = endpoint.jump.map((hop) => `${sshName(hop)} → `).join('')
      context.log(`${hostWords(host)}: ${way}${sshName(endpoint)}`)
      const known = context.nodes.find((node) => node.rank === rank)
      return {
        id: known?.id ?? randomUUID(),
        clusterId: context.cluster.id,
        rank,
        machineId: known?.machineId ?? null,
        externalId: host.id,
        innerIp: known?.innerIp ?? null,
        endpoint,
        facts: known?.facts ?? null,
        state: 'pending',
        lastSeen: known?.lastSeen ?? null,
      }
    })
    for (const node of nodes) context.saveNode(node)
    return { nodes: nodes.map(({ id }) => id) }
  },
  undo: async (context) => {
    for (const node of context.nodes) context.saveNode({ ...node, state: 'gone' })
    return []
  },
}

/** @throws StyxError `ssh.host-removed` */
function chosenHosts({ place, cluster, nodes, attempt }: StepContext) {
  const pool = poolSettings.parse(place.settings).hosts
  const { hosts } = poolSpec.parse(cluster.spec)
  const head = nodes.find(({ rank }) => rank === 0)?.externalId ?? attempt?.candidate.offerId ?? ''
  return (hosts.length > 0 ? hosts : [head]).map((id) => {
    const host = pool.find((one) => one.id === id)
    if (host) return host
    throw new StyxError({
      code: 'ssh.host-removed',
      what: 'A machine of this cluster is not in its pool any more',
      where: place.name,
      suggestion: 'Add it to the pool again, or launch on the machines that are there.',
    })
  })
}

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
  const name = node.endpoint?.via === 'ssh' ? sshName(node.endpoint) : ''
  context.report({ text: `Connecting to ${name}`, fraction: null })
  await reach(context.transport(node), context.signal)
  context.log(`Logged in to ${name}`)
}

/** Each machine for itself: one that does not answer keeps none of the others from being done. */
function reached<Out>(step: Step<Out>): Step<Out> {
  return {
    ...step,
    expected_s: 1,
    timeout_s: PATIENCE_s,
    run: async (context) => {
      if (nodeOf(context).lastSeen !== null) await logIn(context)
      return step.run(context)
    },
  }
}

/** Asks the machine what it is. */
function probeStep(resources: string): Step<null> {
  return {
    name: 'ssh.probe',
    title: 'Look at the machine',
    scope: 'node',
    expected_s: 0.5,
    timeout_s: 60,
    output: z.null(),
    run: async (context) => {
      context.report({ text: 'Asking for CPU, memory, disk and GPUs', fraction: null })
      const { facts, innerIp } = await readFacts(context.transport(nodeOf(context)), resources, context.signal)
      logFacts(context, facts)
      context.saveNode({ ...nodeOf(context), machineId: facts.machineId, facts, innerIp, lastSeen: Date.now() })
      return null
    },
  }
}
