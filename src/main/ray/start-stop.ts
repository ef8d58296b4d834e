import { randomBytes } from 'node:crypto'
import { heldGpus, visibleGpus } from '../../shared/holders.ts'
import type { GpuFacts } from '../../shared/machine.ts'
import { type Node, nodeName } from '../../shared/node.ts'
import { type Ray, rayAddress } from '../../shared/ray.ts'
import { capture } from '../transports/capture.ts'
import { acceleratorName } from './accelerator.ts'
import { seatsOf } from './layout.ts'
import { refusal } from './refusal.ts'
import { runScript, type ScriptAccess } from './run-script.ts'

/** Whose Ray: the ids of its folder on the node. */
export type RayOwner = { installationId: string; clusterId: string; nodeId: string }

/** As the scripts take them. */
export const idsOf = ({ installationId, clusterId, nodeId }: RayOwner): [string, string, string] => [
  installationId,
  clusterId,
  nodeId,
]

/** What starting it on a node needs to know. `nodes`: all of the cluster. */
export type Starting = Omit<RayOwner, 'nodeId'> & {
  nodes: readonly Node[]
  ray: Ray
  access(node: Node): ScriptAccess
  log(line: string): void
}

/** Where Ray of a node came up. */
type Up = { ip: string; port: number; temp: string }

/** How Ray's head knows a node: `head`, `worker-1`. */
export const rayName = (node: Pick<Node, 'rank'>): string => nodeName(node).replace(' ', '-')

/**
 * Starts the head, or finds it running. It gets a token of its own, which nobody else keeps: it is read from its node when it is needed.
 * @throws StyxError `ray.no-way`, and of `refusal.ts`
 */
export const startHead = (of: Starting, head: Node): Promise<Up> => start('head', of, head, '', randomBytes(32).toString('hex'))

/** Starts a worker, or finds it running, with the token of the head. @throws StyxError `ray.no-way`, and of `refusal.ts` */
export async function startWorker(of: Starting, head: Node, node: Node): Promise<Up> {
  const token = await readToken(of.ray.nodes[0]?.folder ?? '', of.access(head))
  return start('worker', of, node, rayAddress(of.ray) ?? '', token)
}

/** Ends Ray of this node and nobody else's; `forget` removes all that was written for it too. Absence is success. */
export async function endRay(verb: 'stop' | 'forget', owner: RayOwner, access: ScriptAccess): Promise<void> {
  await runScript(access, 'ray-run', [verb, ...idsOf(owner)])
}

/** The token of a cluster's Ray, from the file on its head. Never to be stored or told. */
export async function readToken(folder: string, access: ScriptAccess): Promise<string> {
  const said = await capture(access.transport, ['cat', `${folder}/token`], { timeout_ms: 20_000, signal: access.signal })
  const token = said.stdout.trim()
  if (said.code === 0 && /^[0-9a-f]{64}$/.test(token)) return token
  throw refusal(access.where, [said.stderr, 'Ray’s token could not be read on the head.'])
}

async function start(kind: 'head' | 'worker', of: Starting, node: Node, head: string, token: string): Promise<Up> {
  const { installationId, clusterId, nodes, ray, log } = of
  const seat = seatsOf(clusterId, nodes).find(({ nodeId }) => nodeId === node.id)!
  const access = of.access(node)
  const gpus = heldGpus(node)
  const args = [
    ...[kind, ...idsOf({ installationId, clusterId, nodeId: node.id })],
    ...[`${ray.version}-py${ray.python}`, seat.ip, String(seat.from), String(seat.span), head, rayName(node)],
    ...[String(gpus.length), devicesOf(node), JSON.stringify(acceleratorsOf(gpus))],
  ]
  const lines = await runScript(access, 'ray-run', args, { stdin: token, onLine: log })
  const [, port, temp] = /^up (\d+) (\/.+)$/.exec(lines.at(-1) ?? '') ?? []
  if (!port || !temp) throw refusal(access.where, [...lines, 'It does not say where it came up.'])
  return { ip: seat.ip, port: Number(port), temp }
}

/** As ray-run.sh takes them; empty: Ray may see all. */
function devicesOf(node: Node): string {
  const numbers = visibleGpus(node)
  return numbers === null ? '' : numbers.length === 0 ? 'none' : numbers.join(',')
}

/** `{"H100": 8}`: what a job asks for by the GPU's name. Pure. */
export function acceleratorsOf(gpus: readonly GpuFacts[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { name } of gpus) counts[acceleratorName(name)] = (counts[acceleratorName(name)] ?? 0) + 1
  return counts
}
