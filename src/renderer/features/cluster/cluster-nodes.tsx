import { Button } from '@mantine/core'
import { IconPlus, IconServer, IconTerminal2 } from '@tabler/icons-react'
import { heldFacts, visibleGpus } from '../../../shared/holders.ts'
import type { MachineFacts } from '../../../shared/machine.ts'
import { type Endpoint, type Node, sshCommand, sshName } from '../../../shared/node.ts'
import { openTerminal } from '../../data/dock.ts'
import { useJobs, useNodes, useOperation, usePlaces } from '../../data/live.ts'
import { gpuNumbers, gpuWords, isOpen, nodeName, type Tone } from '../../data/words.ts'
import { Ago } from '../../ui/ago.tsx'
import { nodeRow, reading } from '../../ui/cell-rows.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { LiveText } from '../../ui/live-text.tsx'
import { Scroll } from '../../ui/page.tsx'
import { StateDot } from '../../ui/state-dot.tsx'
import table from '../../ui/table.module.css'
import { askAddMachines } from './add-machines.tsx'
import { askRemoveNode } from './ask-remove-node.tsx'
import css from './cluster-nodes.module.css'
import { useShownCluster } from './cluster-page.tsx'

const tones: Record<Node['state'], Tone> = {
  pending: 'motion',
  up: 'ready',
  stopped: 'off',
  removing: 'motion',
  gone: 'failed',
  unknown: 'needs',
}

/** Every node: its state, what it is, what it does now, and a terminal into it. */
export function ClusterNodes() {
  const cluster = useShownCluster()
  const nodes = useNodes(cluster.id)
  const operation = useOperation(cluster.id)
  const jobs = useJobs()
  const place = usePlaces().find(({ id }) => id === cluster.placeId)
  const canScale = place?.kind === 'ssh' && (cluster.state.is === 'ready' || cluster.state.is === 'degraded')
  // What is being removed already can be given up meanwhile.
  const canRemove = ({ rank, state }: Node) =>
    canScale && rank > 0 && (!isOpen(operation) || (operation.kind === 'remove-nodes' && state === 'removing'))
  if (nodes.length === 0)
    return (
      <Empty icon={IconServer} title="It has no nodes">
        A node appears here as soon as a launch makes it, and goes with it.
      </Empty>
    )
  return (
    <Scroll>
      {canScale && (
        <div className={css.tools}>
          <Button
            leftSection={<IconPlus size={15} stroke={1.75} />}
            disabled={isOpen(operation)}
            title={isOpen(operation) ? 'Something else is being done with this cluster' : undefined}
            onClick={() => askAddMachines(cluster)}
          >
            Add machines…
          </Button>
        </div>
      )}
      <div className={table.rows}>
        <table className={table.table}>
          <thead>
            <tr>
              <th>Node</th>
              <th>Host</th>
              <th>State</th>
              <th>GPUs</th>
              <th>System</th>
              <th data-number>Now</th>
              <th data-number>Last seen</th>
              <th>
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {nodes.map((node) => (
              <NodeLine
                key={node.id}
                node={node}
                onRemove={canRemove(node) ? () => askRemoveNode(cluster, node, jobs, isOpen(operation)) : null}
              />
            ))}
          </tbody>
        </table>
      </div>
    </Scroll>
  )
}

function NodeLine({ node, onRemove }: { node: Node; onRemove: (() => void) | null }) {
  const { facts } = node
  const row = nodeRow(node)
  return (
    <tr>
      <td className={table.name}>{nodeName(node)}</td>
      <td title={wayWords(node.endpoint)}>
        {facts?.hostname ?? node.innerIp ?? 'not known yet'}
        {node.endpoint?.via === 'ssh' && (
          <small className={css.way}>
            <span>{wayWords(node.endpoint)}</span>
            <CopyButton text={sshCommand(node.endpoint)} label={`Copy the ssh command of ${nodeName(node)}`} />
          </small>
        )}
      </td>
      <td>
        <StateDot tone={tones[node.state]} />
        &ensp;{node.state}
      </td>
      <td>{facts ? <Gpus node={node} facts={facts} /> : 'not known yet'}</td>
      <td>{facts?.os ?? 'not known yet'}</td>
      <td data-number>{node.state === 'up' ? <LiveText read={() => reading(row)} /> : '–'}</td>
      <td data-number>{node.lastSeen === null ? 'never' : <Ago at={node.lastSeen} />}</td>
      <td data-number>
        {node.state === 'up' && (
          <Button
            leftSection={<IconTerminal2 size={15} stroke={1.75} />}
            aria-label={`Terminal on ${nodeName(node)}`}
            onClick={() => void openTerminal({ is: 'node', nodeId: node.id })}
          >
            Terminal
          </Button>
        )}
        {onRemove && (
          <Button variant="subtle" aria-label={`Remove ${nodeName(node)}…`} onClick={onRemove}>
            Remove…
          </Button>
        )}
      </td>
    </tr>
  )
}

/** What it holds of its machine, and by which numbers where others hold the rest. */
function Gpus({ node, facts }: { node: Node; facts: MachineFacts }) {
  const only = visibleGpus(node)
  if (only === null) return gpuWords(facts)
  return (
    <>
      {only.length === 0 ? 'none' : gpuWords(heldFacts(facts, node.gpus))}
      <small className={css.only}>
        {only.length === 0 ? `other clusters hold its ${facts.gpus.length}` : `${gpuNumbers(only)} of ${facts.gpus.length}`}
      </small>
    </>
  )
}

/** How a node is reached: its address, the hosts on the way, and by whose ssh where it is not ours. */
function wayWords(endpoint: Endpoint | null): string | undefined {
  if (endpoint?.via !== 'ssh') return undefined
  const { jump, system } = endpoint
  return [
    sshName(endpoint),
    jump.length > 0 && `by way of ${jump.map(sshName).join(', ')}`,
    system && `by the system’s ssh: ${system.why}`,
  ]
    .filter(Boolean)
    .join(', ')
}
