import { StyxError } from '../../shared/error.ts'
import { type Node, nodeName } from '../../shared/node.ts'
import type { Ray } from '../../shared/ray.ts'
import type { Probe } from './probe.ts'
import { turned } from './record.ts'
import { rayName } from './start-stop.ts'

/** So many probes in a row must fail before Ray is called degraded: one that was late says nothing. */
export const PROBES = 3

/** How often in a row: the head did not answer, a node (by id) was not in it. */
export type Patience = { silent: number; missing: ReadonlyMap<string, number> }
export const patient: Patience = { silent: 0, missing: new Map() }

/** What a probe makes of Ray, and of our patience with it. What is well again is so at once. Pure. */
export function judge(
  ray: Ray,
  nodes: readonly Node[],
  probe: Probe,
  before: Patience,
  at: number,
): { ray: Ray; patience: Patience } {
  if (probe.why !== null) {
    const patience = { ...before, silent: before.silent + 1 }
    return { ray: patience.silent < PROBES ? ray : degraded(ray, headSilent(nodes, probe.why), at), patience }
  }
  const missing = new Map<string, number>()
  const known = ray.nodes.map((one) => {
    const node = nodes.find(({ id }) => id === one.nodeId)
    const isIn = node && probe.nodes.some(({ name, alive }) => alive && name === rayName(node))
    if (isIn) return one.alive === true ? one : { ...one, alive: true, since: at }
    if (one.port === null) return one // it is being added, and was not started yet
    const times = (before.missing.get(one.nodeId) ?? 0) + 1
    missing.set(one.nodeId, times)
    return times < PROBES || one.alive === false ? one : { ...one, alive: false, since: at }
  })
  const patience = { silent: 0, missing }
  const next: Ray = { ...ray, nodes: known, use: probe.use ?? ray.use }
  const lost = known.filter(({ alive }) => alive === false)
  if (lost.length === 0) {
    // One that is not in it yet is waited for.
    const isWhole = ray.is === 'running' || missing.size === 0
    return { ray: isWhole ? turned(next, 'running', at) : next, patience }
  }
  const first = nodes.find(({ id }) => id === lost[0]!.nodeId)
  const message = probe.nodes.find(({ name }) => first && name === rayName(first))?.message ?? ''
  const names = lost.map(({ nodeId }) => words(nodes.find(({ id }) => id === nodeId)))
  return { ray: degraded(next, nodesLost(names, message), at), patience }
}

function degraded(ray: Ray, error: StyxError, at: number): Ray {
  if (ray.is === 'degraded' && ray.error?.code === error.data.code && ray.error.where === error.data.where) return ray
  return turned(ray, 'degraded', at, error.data)
}

const words = (node: Node | undefined) => (node ? `${nodeName(node)}${node.facts ? ` (${node.facts.hostname})` : ''}` : 'a node')

const headSilent = (nodes: readonly Node[], why: string) =>
  new StyxError({
    code: 'ray.silent',
    what: 'Ray’s head does not answer',
    where: words(nodes.find(({ rank }) => rank === 0)),
    why: `It was asked ${PROBES} times: ${why}.`,
    suggestion: 'Restart Ray. Terminals, and jobs that do not run by it, go on meanwhile.',
  })

const nodesLost = (names: string[], message: string) =>
  new StyxError({
    code: 'ray.node-lost',
    what: names.length === 1 ? 'A node is not in Ray any more' : `${names.length} nodes are not in Ray any more`,
    where: names.join(', '),
    why: message,
    suggestion: 'A worker whose machine answers is started again by itself, a few times. Else restart Ray.',
  })
