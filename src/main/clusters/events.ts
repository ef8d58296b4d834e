import type { Cluster } from '../../shared/cluster.ts'
import { durationWords } from '../../shared/duration-words.ts'
import { type Node, sshName } from '../../shared/node.ts'
import { lastBegunAt, type Leftover, type Operation, type OperationKind } from '../../shared/operation.ts'
import type { Outcome } from '../operations/running.ts'
import type { NewEvent } from '../storage/event-records.ts'

const begun: Record<OperationKind, string> = {
  launch: 'Launch begun',
  stop: 'Stopping',
  start: 'Starting',
  terminate: 'Terminating',
  'add-nodes': 'Adding machines',
  'remove-nodes': 'Removing nodes',
  'restart-ray': 'Restarting Ray',
  'upgrade-ray': 'Upgrading Ray',
}
const done: Record<OperationKind, string> = {
  launch: 'Ready',
  stop: 'Stopped',
  start: 'Ready again',
  terminate: 'Terminated',
  'add-nodes': 'Machines added',
  'remove-nodes': 'Nodes removed',
  'restart-ray': 'Ray runs again',
  'upgrade-ray': 'Ray upgraded',
}
const noun: Record<OperationKind, string> = {
  launch: 'Launch',
  stop: 'Stop',
  start: 'Start',
  terminate: 'Termination',
  'add-nodes': 'Adding of machines',
  'remove-nodes': 'Removal of nodes',
  'restart-ray': 'Restart of Ray',
  'upgrade-ray': 'Upgrade of Ray',
}

/** Who an event tells of. */
export const about = (cluster: Cluster, operationId: string | null) => ({
  at: Date.now(),
  clusterId: cluster.id,
  clusterName: cluster.name,
  operationId,
})

/** The event that an operation's begin is told by. */
export function beginEvent(cluster: Cluster, operationId: string, kind: OperationKind, detail = ''): NewEvent {
  return { ...about(cluster, operationId), level: 'info', text: begun[kind], detail }
}

/** The event that tells of an operation that goes on after Styx was closed or killed in its middle. */
export function resumeEvent(cluster: Cluster, operationId: string, kind: OperationKind): NewEvent {
  return { ...about(cluster, operationId), level: 'info', text: `${noun[kind]} goes on after a restart of Styx`, detail: '' }
}

/** The event that an operation's end is told by. */
export function outcomeEvent(cluster: Cluster, operation: Operation, outcome: Outcome): NewEvent {
  const base = about(cluster, operation.id)
  switch (outcome.is) {
    case 'done':
      return { ...base, level: 'good', text: `${done[operation.kind]} after ${tookWords(operation, base.at)}`, detail: '' }
    case 'cancelled':
      return outcome.holds
        ? { ...base, level: 'warn', text: `${noun[operation.kind]} cancelled`, detail: `Still there: ${held(outcome.leftovers)}` }
        : { ...base, level: 'info', text: `${noun[operation.kind]} cancelled, everything taken back`, detail: '' }
    case 'failed': {
      const { what, where, why, suggestion } = outcome.error
      const text = `${noun[operation.kind]} failed: ${what}`
      return { ...base, level: 'bad', text, detail: [where, why, suggestion].filter(Boolean).join('\n') }
    }
  }
}

/** The event that names what is left on machines that are given up. */
export function leftEvent(cluster: Cluster, nodes: Node[], installationId: string): NewEvent {
  const detail = leftAt(cluster.id, nodes, installationId)
    .map(({ what, where }) => `${where}: ${what}`)
    .join('\n')
  return { ...about(cluster, null), level: 'warn', text: 'Given up; what could not be removed is left where it is', detail }
}

/** What stays on nodes that are not asked any more. Nothing was made on one that never answered. */
export function leftAt(clusterId: string, nodes: readonly Node[], installationId: string): Leftover[] {
  const where = ({ endpoint, facts }: Node) => (endpoint?.via === 'ssh' ? sshName(endpoint) : (facts?.hostname ?? 'this machine'))
  return nodes
    .filter(({ state, lastSeen }) => state !== 'gone' && lastSeen !== null)
    .map((node) => ({
      what: `~/.styx-node/${installationId}/${clusterId}`,
      where: where(node),
      why: 'The machine was given up.',
    }))
}

/** How long what succeeded took; after a late retry also how long ago it was asked for. */
function tookWords(operation: Operation, at: number): string {
  const begunAt = lastBegunAt(operation)
  const took = durationWords(at - begunAt)
  if (begunAt - operation.createdAt < 1000) return took
  return `${took}, ${durationWords(at - operation.createdAt)} after it was asked for`
}

const held = (leftovers: { what: string; where: string }[]): string =>
  leftovers.length === 0 ? 'what was made so far' : leftovers.map((one) => `${one.what} (${one.where})`).join(', ')
