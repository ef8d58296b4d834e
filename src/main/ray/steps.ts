import * as z from 'zod'
import { errorDataOf, StyxError } from '../../shared/error.ts'
import { type Node, nodeName } from '../../shared/node.ts'
import type { Ray } from '../../shared/ray.ts'
import type { AnyStep, Step, StepContext } from '../operations/step.ts'
import { type Choice, choose, type Looked, lowest, asksForToken } from './choose.ts'
import { followHealth } from './health.ts'
import { seatsOf } from './layout.ts'
import { parseLook } from './look.ts'
import { endRay, rayName, readToken, startHead, startWorker } from './start-stop.ts'
import { environmentOf } from './on-node.ts'
import { turned, withNode, withoutNode } from './record.ts'
import { runScript, type ScriptAccess } from './run-script.ts'

/** A host may wait for the user, who may be asleep, before it is reached. */
const PATIENCE_s = 24 * 3600
const LOOK_TIMEOUT_s = 120
/** A slow line takes its time for 110 MB. */
const INSTALL_TIMEOUT_s = 3600
const START_TIMEOUT_s = 300
/** Until all nodes that were started are seen by the head. */
const WHOLE_MS = 60_000

type Chosen = z.infer<typeof chosen>
const chosen = z.object({ version: z.string(), python: z.string(), /** By node. */ pythons: z.record(z.string(), z.string()) })

export type RaySteps = ReturnType<typeof raySteps>

/** What is done for Ray, behind what a provider does. `resources`: the folder of this installation. */
export function raySteps(resources: string) {
  const access = (c: StepContext, node: Node): ScriptAccess => ({
    transport: c.transport(node),
    resources,
    signal: c.signal,
    where: nameOf(node),
  })
  const keep = chooseStep(access, 'keep')
  const anew = chooseStep(access, 'anew')
  const starting = [headStep(access), workersStep(access), verifyStep(access)]

  /** Ends Ray on a node, and removes what was written for it. Of a node that never answered there is nothing. */
  const forget = async (c: StepContext): Promise<void> => {
    const node = nodeOf(c)
    if (node.lastSeen === null || rayOf(c) === null) return
    c.report({ text: 'Ending Ray', fraction: null })
    await endRay('forget', ownerOf(c, node), access(c, node))
    c.log('Ray has ended here, and nothing of it is left')
    c.changeRay((ray) => turned(withoutNode(ray, node.id), 'stopped', Date.now()))
  }
  /** The same for a node that leaves: Ray runs on with the others. It is taken out first, so that nobody starts it there again. */
  const leave = async (c: StepContext): Promise<void> => {
    const node = nodeOf(c)
    if (rayOf(c) === null) return
    c.changeRay((ray) => withoutNode(ray, node.id))
    if (node.lastSeen === null) return
    c.report({ text: 'Ending Ray', fraction: null })
    await endRay('forget', ownerOf(c, node), access(c, node))
    c.log('Ray has ended here, and nothing of it is left')
  }
  const pause = async (c: StepContext): Promise<void> => {
    const node = nodeOf(c)
    if (node.lastSeen === null || rayOf(c) === null) return
    c.report({ text: 'Ending Ray', fraction: null })
    await endRay('stop', ownerOf(c, node), access(c, node))
    c.log('Ray has ended here')
    c.changeRay((ray) => turned(stoppedOn(ray, c.nodes, node.id), 'stopped', Date.now()))
  }

  return {
    /** From a node that answers to a Ray that runs: also for nodes that are added, where what runs is kept. */
    start: guarded([keep, installStep(access, keep, forget), ...starting]),
    restart: guarded([stopStep(pause), ...starting]),
    /** The new version is installed beside the old one, which runs until then. */
    upgrade: guarded([anew, installStep(access, anew, forget), stopStep(pause, anew), ...starting, tidyStep(access)]),
    /** A provider's step that ends with a node's folder, with Ray ended before. */
    forgetBefore: <Out>(step: Step<Out>): Step<Out> => before(forget, step, 'End Ray, remove its folder'),
    leaveBefore: <Out>(step: Step<Out>): Step<Out> => before(leave, step, 'End Ray, remove its folder'),
    pauseBefore: <Out>(step: Step<Out>): Step<Out> => before(pause, step, 'End Ray, keep its folder'),
  }
}

type Access = (c: StepContext, node: Node) => ScriptAccess

/** Finds the Python that all nodes have, and the Ray that they get. `anew`: whatever is there already. */
function chooseStep(access: Access, how: 'keep' | 'anew'): Step<Chosen> {
  return {
    name: how === 'keep' ? 'ray.choose' : 'ray.choose-anew',
    title: 'Choose Python and Ray',
    scope: 'attempt',
    expected_s: 3,
    timeout_s: LOOK_TIMEOUT_s,
    output: chosen,
    run: async (c) => {
      const ray = requireRay(c)
      const { wish } = ray
      c.report({ text: 'Looking at every node’s Python', fraction: null })
      if (how === 'keep' && ray.is !== 'running') c.changeRay((now) => turned(now, 'installing', Date.now()))
      const has: Choice | null = how === 'keep' && ray.version && ray.python ? { version: ray.version, python: ray.python } : null
      const looked = await Promise.all(
        (has ? c.targets : c.nodes).map(async (node): Promise<Looked & { node: Node }> => {
          const lines = await runScript(access(c, node), 'ray-look', [wish.wheels ?? ''])
          const look = parseLook(lines.join('\n'))
          const found = look.pythons.map(({ version, path }) => `${version} (${path})`).join(', ')
          c.log(`${nameOf(node)}: Python ${found || 'none'}`)
          return { name: nameOf(node), look, node }
        }),
      )
      const choice = choose(looked, wish, has)
      const pythonOn = (one: Looked) => one.look.pythons.find(({ minor }) => minor === choice.python)!.path
      const version = choice.version ?? lowest(await Promise.all(looked.map((one) => newestOn(c, one, pythonOn(one)))))
      c.log(`Ray ${version} with Python ${choice.python} on every node`)
      if (!asksForToken(version))
        c.log(
          `Ray ${version} asks for no token (2.52 and later do): whoever reaches its ports on the network may run code there.`,
        )
      if (how === 'keep') c.changeRay((now) => ({ ...now, version, python: choice.python, guarded: asksForToken(version) }))
      return { version, python: choice.python, pythons: Object.fromEntries(looked.map((one) => [one.node.id, pythonOn(one)])) }
    },
  }

  async function newestOn(c: StepContext, { node }: { node: Node }, python: string): Promise<string> {
    c.report({ text: 'Asking for the newest Ray', fraction: null })
    const lines = await runScript(access(c, node), 'ray-install', ['newest', ...idsOf(c, node), python])
    const newest = /^newest (\S+)$/.exec(lines.at(-1) ?? '')?.[1]
    if (newest) return newest
    throw new StyxError({
      code: 'ray.failed',
      what: 'The newest version of Ray could not be learned',
      where: nameOf(node),
      suggestion: 'Name a version, or give a folder of wheels.',
      detail: lines.join('\n'),
    })
  }
}

/** An environment of the cluster's own in the node's folder. */
function installStep(access: Access, choice: Step<Chosen>, forget: (c: StepContext) => Promise<void>): Step<{ folder: string }> {
  return {
    name: 'ray.install',
    title: 'Install Ray',
    scope: 'node',
    expected_s: 10,
    timeout_s: INSTALL_TIMEOUT_s,
    output: z.object({ folder: z.string() }),
    run: async (c) => {
      const node = nodeOf(c)
      const { version, python, pythons } = c.output(choice)
      const { wheels } = requireRay(c).wish
      c.report({ text: `Installing Ray ${version}`, fraction: null })
      const args = ['install', ...idsOf(c, node), pythons[node.id] ?? '', version, python, wheels ?? '']
      const lines = await runScript(access(c, node), 'ray-install', args, {
        onLine: (line) => {
          c.log(line)
          if (!line.startsWith(' +')) c.report({ text: line.trim().slice(0, 200), fraction: null })
        },
      })
      const environment = /^installed (\/.+)$/.exec(lines.at(-1) ?? '')?.[1] ?? ''
      const folder = environment.slice(0, -environmentOf('', version, python).length)
      if (!environment || environmentOf(folder, version, python) !== environment)
        throw new StyxError({ code: 'ray.failed', what: 'It does not say where Ray was installed', detail: lines.join('\n') })
      c.changeRay((ray) => withNode(ray, c.nodes, node.id, { folder }, Date.now()))
      return { folder }
    },
    undo: async (c) => {
      await forget(c)
      return []
    },
  }
}

function headStep(access: Access): Step<{ port: number; temp: string }> {
  return {
    name: 'ray.head',
    title: 'Start Ray’s head',
    scope: 'attempt',
    expected_s: 10,
    timeout_s: START_TIMEOUT_s,
    output: z.object({ port: z.number(), temp: z.string() }),
    run: async (c) => {
      const ray = requireRay(c)
      const [node, seat] = [headOf(c), seatsOf(c.cluster.id, c.nodes)[0]!]
      c.report({ text: `Starting it on ${nameOf(node)}`, fraction: null })
      if (ray.is !== 'running') c.changeRay((now) => turned(now, 'starting', Date.now()))
      const up = await startHead(ownerOf(c, node), node, seat, ray, access(c, node), c.log)
      c.changeRay((now) => withNode(now, c.nodes, node.id, { ip: seat.ip, ...up }, Date.now()))
      return up
    },
  }
}

function workersStep(access: Access): Step<null> {
  return {
    name: 'ray.workers',
    title: 'Start Ray on the workers',
    scope: 'node',
    expected_s: 6,
    timeout_s: START_TIMEOUT_s,
    output: z.null(),
    run: async (c) => {
      const node = nodeOf(c)
      if (node.rank === 0) {
        c.log('It is the head')
        return null
      }
      const ray = requireRay(c)
      const [head, seat] = [headOf(c), seatsOf(c.cluster.id, c.nodes).find(({ nodeId }) => nodeId === node.id)!]
      c.report({ text: `Joining ${nameOf(head)}`, fraction: null })
      const token = await readToken(ray.nodes[0]?.folder ?? '', access(c, head))
      const up = await startWorker(ownerOf(c, node), node, seat, ray, token, access(c, node), c.log)
      c.changeRay((now) => withNode(now, c.nodes, node.id, { ip: seat.ip, ...up }, Date.now()))
      return null
    },
  }
}

/** Ray runs once its head says that every node of the cluster is in it. */
function verifyStep(access: Access): Step<null> {
  return {
    name: 'ray.verify',
    title: 'See all nodes in it',
    scope: 'attempt',
    expected_s: 2,
    timeout_s: WHOLE_MS / 1000 + 30,
    output: z.null(),
    run: async (c) => {
      const ray = requireRay(c)
      c.report({ text: 'Asking its head', fraction: null })
      const until = Date.now() + WHOLE_MS
      let missing = c.nodes
      let why = ''
      for await (const probe of followHealth(ray, access(c, headOf(c)), 1)) {
        const alive = new Set(probe.nodes.filter((one) => one.alive).map(({ name }) => name))
        missing = c.nodes.filter((node) => !alive.has(rayName(node)))
        why = probe.why ?? ''
        if (missing.length === 0) {
          const at = Date.now()
          c.changeRay((now) => {
            const nodes = now.nodes.map((node) => (node.alive ? node : { ...node, alive: true, since: at }))
            return turned({ ...now, nodes, use: probe.use }, 'running', at)
          })
          c.log(`All ${c.nodes.length} are in it: ${probe.nodes.map(({ name, ip }) => `${name} ${ip}`).join(', ')}`)
          return null
        }
        if (Date.now() > until) break
      }
      throw new StyxError({
        code: 'ray.nodes-missing',
        what: 'Ray’s head does not see all nodes',
        where: missing.map(nameOf).join(', '),
        why: why || 'They were started, and are not in it.',
        suggestion: 'Check that the nodes reach each other (a firewall between them does this), then retry.',
        retryable: false,
      })
    },
  }
}

/** `choice`: what runs from now on is that version. */
function stopStep(pause: (c: StepContext) => Promise<void>, choice?: Step<Chosen>): Step<null> {
  return {
    name: 'ray.stop',
    title: 'End Ray and what runs by it',
    scope: 'node',
    expected_s: 6,
    timeout_s: 180,
    output: z.null(),
    run: async (c) => {
      await pause(c)
      if (!choice) return null
      const { version, python } = c.output(choice)
      c.changeRay((now) => ({ ...now, version, python, guarded: asksForToken(version) }))
      return null
    },
  }
}

function tidyStep(access: Access): Step<null> {
  return {
    name: 'ray.tidy',
    title: 'Remove the Ray of before',
    scope: 'node',
    expected_s: 1,
    timeout_s: 300,
    output: z.null(),
    run: async (c) => {
      const { version, python } = requireRay(c)
      const node = nodeOf(c)
      await runScript(access(c, node), 'ray-install', ['tidy', ...idsOf(c, node), version ?? '', python ?? ''])
      return null
    },
  }
}

/** What fails in them takes nothing back of the cluster, and is written down as Ray's own failure. */
function guarded(steps: AnyStep[]): AnyStep[] {
  return steps.map((step) => ({
    ...step,
    takesNothingBack: true,
    run: async (c) => {
      try {
        return await step.run(c)
      } catch (error) {
        if (!c.signal.aborted && !keepsRunning(step)) {
          const data = errorDataOf(error, step.title)
          c.changeRay((ray) =>
            ray.is === 'running' && c.targets.length < c.nodes.length ? ray : turned(ray, 'failed', Date.now(), data),
          )
        }
        throw error
      }
    },
  }))
}

/** The Ray of before runs on when these fail in an upgrade. */
const keepsRunning = ({ name }: AnyStep) => name === 'ray.choose-anew' || name === 'ray.tidy'

function before<Out>(first: (c: StepContext) => Promise<void>, step: Step<Out>, title: string): Step<Out> {
  return {
    ...step,
    title,
    expected_s: step.expected_s + 6,
    timeout_s: Math.max(step.timeout_s, PATIENCE_s),
    run: async (c) => {
      await first(c)
      return step.run(c)
    },
  }
}

const stoppedOn = (ray: Ray, order: readonly Node[], nodeId: string): Ray =>
  ray.nodes.some((one) => one.nodeId === nodeId)
    ? withNode(ray, order, nodeId, { temp: null, ip: null, port: null, alive: null, since: Date.now() }, Date.now())
    : ray

const rayOf = (c: StepContext): Ray | null => c.cluster.ray

function requireRay(c: StepContext): Ray {
  if (c.cluster.ray) return c.cluster.ray
  throw new StyxError({ code: 'ray.none', what: 'This cluster was launched without Ray', where: c.cluster.name })
}

function nodeOf(c: StepContext): Node {
  if (c.node) return c.node
  throw new StyxError({ code: 'step.no-node', what: 'This step needs a node', where: c.cluster.name })
}

function headOf(c: StepContext): Node {
  const head = c.nodes.find(({ rank }) => rank === 0)
  if (head) return head
  throw new StyxError({ code: 'ray.no-head', what: 'The cluster has no head', where: c.cluster.name })
}

/** "gpu1 (worker 1)", the machine's own name first. */
const nameOf = (node: Node): string => (node.facts ? `${node.facts.hostname} (${nodeName(node)})` : nodeName(node))

const idsOf = (c: StepContext, node: Node): [string, string, string] => [c.installationId, c.cluster.id, node.id]
const ownerOf = (c: StepContext, node: Node) => ({ installationId: c.installationId, clusterId: c.cluster.id, nodeId: node.id })
