import { StyxError } from '../../shared/error.ts'
import { type Node, nodeName } from '../../shared/node.ts'

/** How Ray on a node is reached by the others: its address, and where the search for its ports begins. */
export type Seat = { nodeId: string; ip: string; from: number; span: number }

const FIRST_PORT = 20_000
const LAST_PORT = 32_000
/** Ray gives each worker process a port, and starts some more than there are cores. */
const SPAN_STEP = 100
const MOST_SPAN = 2_000

/**
 * An address and ports for each node, head first. Several nodes on one machine get loopback addresses and ports of their own. Pure.
 * @throws StyxError `ray.no-way`: some nodes are known by an address that the others cannot reach
 */
export function seatsOf(clusterId: string, nodes: readonly Node[]): Seat[] {
  const isAtHome = ({ innerIp }: Node) => innerIp === null || /^(127\.|::1$|localhost$)/.test(innerIp)
  const home = nodes.filter(isAtHome)
  if (home.length > 0 && (home.length < nodes.length || new Set(nodes.map(({ machineId }) => machineId)).size > 1))
    throw new StyxError({
      code: 'ray.no-way',
      what: 'The nodes cannot reach each other',
      where: home.map((node) => node.facts?.hostname ?? nodeName(node)).join(', '),
      why: 'It was logged in to over an address of its own (127.0.0.1), as a tunnel has it, so the others do not know where it is.',
      suggestion: 'Name these machines by the addresses that they have for each other, or launch without Ray.',
    })
  // Where to begin differs from cluster to cluster, so that two that start at once do not find the same ports free.
  let from = FIRST_PORT + (hash(clusterId) % ((LAST_PORT - FIRST_PORT) / SPAN_STEP)) * SPAN_STEP
  return nodes.map((node): Seat => {
    const span = Math.min(MOST_SPAN, Math.ceil((40 + 4 * (node.facts?.cores ?? 64)) / SPAN_STEP) * SPAN_STEP)
    if (from + span > LAST_PORT) from = FIRST_PORT
    const seat = { nodeId: node.id, ip: isAtHome(node) ? `127.0.10.${node.rank + 1}` : node.innerIp!, from, span }
    from += span
    return seat
  })
}

function hash(text: string): number {
  let sum = 0
  for (const char of text) sum = (sum * 31 + char.charCodeAt(0)) >>> 0
  return sum
}
