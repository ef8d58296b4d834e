import { Button } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import type { Cluster } from '../../../shared/cluster.ts'
import type { Note as MachineNote } from '../../../shared/note.ts'
import type { Operation } from '../../../shared/operation.ts'
import { useNodes, useNotes } from '../../data/live.ts'
import { nodeName, wasCancelled } from '../../data/words.ts'
import { Ago } from '../../ui/ago.tsx'
import { clusterActions } from '../../ui/cluster-actions.tsx'
import { ErrorBlock } from '../../ui/error-block.tsx'
import { LinkButton } from '../../ui/link-button.tsx'
import { Note } from '../../ui/note.tsx'

/** What needs the user, with the buttons that answer it; nothing when all is well. */
export function ClusterNeeds({ cluster, operation }: { cluster: Cluster; operation: Operation | undefined }) {
  const { state, observed } = cluster
  const go = useNavigate()
  const waits = operation?.state === 'needs-you' && operation.endedAt === null ? operation.error : null
  const error = waits ?? (state.is === 'degraded' || state.is === 'failed' ? state.error : null) ?? observed.problem
  // The user's own wish needs no answer: what can be done stands at the top.
  if (!error || wasCancelled(cluster)) return null
  const answers = clusterActions(cluster, operation, go).filter(
    ({ key }) => key === 'retry' || key === 'start' || key === 'terminate' || key === 'forget',
  )
  // A problem of the looking is not answered by a button: it is looked again all the time.
  const onlyUnseen = error === observed.problem
  return (
    <ErrorBlock error={error} tone={state.is === 'failed' ? 'failed' : 'needs'}>
      {!onlyUnseen &&
        answers.map(({ key, label, danger, run }) => (
          <Button key={key} variant={danger ? 'danger' : 'default'} onClick={run}>
            {label}
          </Button>
        ))}
    </ErrorBlock>
  )
}

/** What was found on its machines while it runs: all of it, with the way out. */
export function MachineNeeds({ cluster, operation }: { cluster: Cluster; operation: Operation | undefined }) {
  const nodes = useNodes(cluster.id)
  const go = useNavigate()
  const machines = new Set(nodes.map(({ machineId }) => machineId))
  const notes = useNotes().filter(({ machineId }) => machines.has(machineId))
  if (cluster.state.is !== 'ready' && cluster.state.is !== 'degraded') return null
  const stop = clusterActions(cluster, operation, go).find(({ key }) => key === 'stop')
  const where = ({ machineId }: MachineNote) => {
    const node = nodes.find((each) => each.machineId === machineId)
    return node && nodes.length > 1 ? `${nodeName(node)}: ` : ''
  }
  return notes.map((note) => (
    <Note
      key={note.id}
      tone={note.level === 'bad' ? 'failed' : 'needs'}
      title={`${where(note)}${note.what}`}
      actions={
        <>
          {note.kind === 'idle' && stop && <Button onClick={stop.run}>{stop.label}</Button>}
          <LinkButton to="/settings" variant="subtle">
            When to tell
          </LinkButton>
        </>
      }
    >
      {[note.why, note.wayOut].filter(Boolean).join(' ')} <Ago at={note.since} before="Since " />.
    </Note>
  ))
}
