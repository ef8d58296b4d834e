import { randomUUID } from 'node:crypto'
import type { Node } from '../../shared/node.ts'

/** A node of which nothing is made yet. */
export const blankNode = (clusterId: string, rank: number, known: Partial<Node> = {}): Node => ({
  id: randomUUID(),
  clusterId,
  rank,
  machineId: null,
  externalId: null,
  innerIp: null,
  endpoint: null,
  facts: null,
  gpus: null,
  state: 'pending',
  lastSeen: null,
  ...known,
})
