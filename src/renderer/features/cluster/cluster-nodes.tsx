import { Button } from '@mantine/core'
import { IconServer, IconTerminal2 } from '@tabler/icons-react'
import { type Endpoint, type Node, sshCommand, sshName } from '../../../shared/node.ts'
import { openTerminal } from '../../data/dock.ts'
import { useNodes } from '../../data/live.ts'
import { gpuWords, nodeName, type Tone } from '../../data/words.ts'
import { Ago } from '../../ui/ago.tsx'
import { reading } from '../../ui/cell-rows.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { LiveText } from '../../ui/live-text.tsx'
import { Scroll } from '../../ui/page.tsx'
import { StateDot } from '../../ui/state-dot.tsx'
import table from '../../ui/table.module.css'
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
  if (nodes.length === 0)
    return (
      <Empty icon={IconServer} title="It has no nodes">
        A node appears here as soon as a launch makes it, and goes with it.
      </Empty>
    )
  return (
    <Scroll>
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
              <NodeLine key={node.id} node={node} />
            ))}
          </tbody>
        </table>
      </div>
    </Scroll>
  )
}

function NodeLine({ node }: { node: Node }) {
  const { facts } = node
  const row = { key: node.id, label: '', machineId: node.machineId, gpus: facts?.gpus.length ?? 0, cores: facts?.cores ?? null }
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
      <td>{facts ? gpuWords(facts) : 'not known yet'}</td>
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
      </td>
    </tr>
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
