import * as z from 'zod'
import { StyxError } from '../../shared/error.ts'
import { nodeOf, type Step } from '../operations/step.ts'
import { followHealth } from './health.ts'
import { type Access, headOf, nameOf, requireRay, startingOf } from './on-step.ts'
import { turned, withNode } from './record.ts'
import { rayName, startHead, startWorker } from './start-stop.ts'

const START_TIMEOUT_s = 300
/** Until all nodes that were started are seen by the head. */
const WHOLE_MS = 60_000

export function headStep(access: Access): Step<{ port: number; temp: string }> {
  return {
    name: 'ray.head',
    title: 'Start Ray’s head',
    scope: 'attempt',
    expected_s: 10,
    timeout_s: START_TIMEOUT_s,
    output: z.object({ port: z.number(), temp: z.string() }),
    run: async (c) => {
      const ray = requireRay(c)
      const node = headOf(c)
      c.report({ text: `Starting it on ${nameOf(node)}`, fraction: null })
      if (ray.is !== 'running') c.changeRay((now) => turned(now, 'starting', Date.now()))
      const up = await startHead(startingOf(c, ray, access), node)
      c.changeRay((now) => withNode(now, c.nodes, node.id, up, Date.now()))
      return up
    },
  }
}

export function workersStep(access: Access): Step<null> {
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
      const head = headOf(c)
      c.report({ text: `Joining ${nameOf(head)}`, fraction: null })
      const up = await startWorker(startingOf(c, ray, access), head, node)
      c.changeRay((now) => withNode(now, c.nodes, node.id, up, Date.now()))
      return null
    },
  }
}

/** Ray runs once its head says that every node of the cluster is in it. */
export function verifyStep(access: Access): Step<null> {
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
