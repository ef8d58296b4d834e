import { StyxError } from '../../shared/error.ts'
import { type Node, nodeName } from '../../shared/node.ts'
import type { Ray } from '../../shared/ray.ts'
import type { StepContext } from '../operations/step.ts'
import type { ScriptAccess } from './run-script.ts'
import type { RayOwner, Starting } from './start-stop.ts'

/** How a step runs a script on a node. */
export type Access = (c: StepContext, node: Node) => ScriptAccess

/** Ray of a step's cluster as it is recorded. @throws StyxError `ray.none` */
export function requireRay(c: StepContext): Ray {
  if (c.cluster.ray) return c.cluster.ray
  throw new StyxError({ code: 'ray.none', what: 'This cluster was launched without Ray', where: c.cluster.name })
}

/** @throws StyxError `ray.no-head` */
export function headOf(c: StepContext): Node {
  const head = c.nodes.find(({ rank }) => rank === 0)
  if (head) return head
  throw new StyxError({ code: 'ray.no-head', what: 'The cluster has no head', where: c.cluster.name })
}

/** "gpu1 (worker 1)", the machine's own name first. */
export const nameOf = (node: Node): string => (node.facts ? `${node.facts.hostname} (${nodeName(node)})` : nodeName(node))

export const ownerOf = (c: StepContext, node: Node): RayOwner => ({
  installationId: c.installationId,
  clusterId: c.cluster.id,
  nodeId: node.id,
})

/** What starting Ray on a node needs to know, as a step has it. */
export const startingOf = (c: StepContext, ray: Ray, access: Access): Starting => ({
  installationId: c.installationId,
  clusterId: c.cluster.id,
  nodes: c.nodes,
  ray,
  access: (node) => access(c, node),
  log: c.log,
})
