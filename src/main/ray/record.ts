import type { Node } from '../../shared/node.ts'
import type { Ray, RayNode } from '../../shared/ray.ts'

/** Ray as it changes: pure, each from one record to the next. `at`: epoch ms. */

export const turned = (ray: Ray, is: Ray['is'], at: number, error: Ray['error'] = null): Ray =>
  ray.is === is && error === null && ray.error === null
    ? ray
    : { ...ray, is, since: ray.is === is ? ray.since : at, error, use: is === 'running' || is === 'degraded' ? ray.use : null }

/** Writes what is known of a node; the nodes stay in the order of their ranks. */
export function withNode(ray: Ray, order: readonly Pick<Node, 'id'>[], nodeId: string, known: Partial<RayNode>, at: number): Ray {
  const before = ray.nodes.find((one) => one.nodeId === nodeId)
  const blank: RayNode = { nodeId, folder: '', temp: null, ip: null, port: null, alive: null, since: at }
  const next: RayNode = { ...(before ?? blank), ...known }
  const rank = (id: string) => order.findIndex((node) => node.id === id)
  const nodes = [...ray.nodes.filter((one) => one.nodeId !== nodeId), next]
  return { ...ray, nodes: nodes.toSorted((a, b) => rank(a.nodeId) - rank(b.nodeId)) }
}

/** Nothing of it is on that node any more. */
export const withoutNode = (ray: Ray, nodeId: string): Ray => ({
  ...ray,
  nodes: ray.nodes.filter((node) => node.nodeId !== nodeId),
})
