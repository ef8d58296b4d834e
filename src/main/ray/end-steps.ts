import * as z from 'zod'
import type { Node } from '../../shared/node.ts'
import type { Ray } from '../../shared/ray.ts'
import { nodeOf, type Step, type StepContext } from '../operations/step.ts'
import { asksForToken } from './choose.ts'
import type { Chosen } from './install-steps.ts'
import { type Access, ownerOf } from './on-step.ts'
import { turned, withNode, withoutNode } from './record.ts'
import { endRay } from './start-stop.ts'

/** Something that is done on the node of a step. */
export type Deed = (c: StepContext) => Promise<void>

/** The ways in which Ray ends on a node. */
export function rayEnds(access: Access): Record<'pause' | 'forget' | 'leave', Deed> {
  /** False: there is nothing of it, for the cluster has none or the node never answered. */
  const end = async (c: StepContext, verb: 'stop' | 'forget'): Promise<boolean> => {
    const node = nodeOf(c)
    if (node.lastSeen === null || c.cluster.ray === null) return false
    c.report({ text: 'Ending Ray', fraction: null })
    await endRay(verb, ownerOf(c, node), access(c, node))
    c.log(verb === 'stop' ? 'Ray has ended here' : 'Ray has ended here, and nothing of it is left')
    return true
  }
  return {
    /** What was installed stays. */
    pause: async (c) => {
      const { id } = nodeOf(c)
      if (await end(c, 'stop')) c.changeRay((ray) => turned(stoppedOn(ray, c.nodes, id), 'stopped', Date.now()))
    },
    /** Removes what was written for it too. */
    forget: async (c) => {
      const { id } = nodeOf(c)
      if (await end(c, 'forget')) c.changeRay((ray) => turned(withoutNode(ray, id), 'stopped', Date.now()))
    },
    /** The same for a node that leaves: Ray runs on with the others. It is taken out first, so that nobody starts it there again. */
    leave: async (c) => {
      const { id } = nodeOf(c)
      c.changeRay((ray) => withoutNode(ray, id))
      await end(c, 'forget')
    },
  }
}

/** `choice`: what runs from now on is that version. */
export function stopStep(pause: Deed, choice?: Step<Chosen>): Step<null> {
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

const stoppedOn = (ray: Ray, order: readonly Node[], nodeId: string): Ray =>
  ray.nodes.some((one) => one.nodeId === nodeId)
    ? withNode(ray, order, nodeId, { temp: null, ip: null, port: null, alive: null, since: Date.now() }, Date.now())
    : ray
