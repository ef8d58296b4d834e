import { Button } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import type { Cluster } from '../../../shared/cluster.ts'
import type { Node } from '../../../shared/node.ts'
import type { Operation } from '../../../shared/operation.ts'
import { askOfNodes } from '../../data/asking.ts'
import { hostOfError, isChangedKey } from '../../data/changed-key.ts'
import { useAsks, useNodes } from '../../data/live.ts'
import { hasEnded, hostName, isOpen, needOf, rayProblem, wasCancelled } from '../../data/words.ts'
import { AskNote } from '../../ui/ask-note.tsx'
import { clusterActions } from '../../ui/cluster-actions.tsx'
import { ErrorBlock } from '../../ui/error-block.tsx'
import { LinkButton } from '../../ui/link-button.tsx'
import { Note } from '../../ui/note.tsx'

/** What needs the user, with the buttons that answer it; nothing when all is well. */
export function ClusterNeeds({ cluster, operation }: { cluster: Cluster; operation: Operation | undefined }) {
  const { state, observed } = cluster
  const go = useNavigate()
  const error = needOf(cluster, operation) ?? observed.problem
  const nodes = useNodes(cluster.id)
  const ask = askOfNodes(useAsks(), nodes)
  if (ask && !hasEnded(cluster)) return <AskNote ask={ask} />
  const actions = clusterActions(cluster, operation, nodes, go)
  const giveUp = actions.find(({ key }) => key === 'give-up')
  if (giveUp && isOpen(operation)) return <Silent nodes={nodes} giveUp={giveUp.run} />
  // The user's own wish needs no answer: what can be done stands at the top.
  if (!error || wasCancelled(cluster)) return null
  const answers = actions.filter(
    error === rayProblem(cluster)
      ? ({ key }) => key === 'restart-ray'
      : ({ key }) => key === 'retry' || key === 'start' || key === 'terminate' || key === 'give-up' || key === 'forget',
  )
  const changedOn = isChangedKey(error) ? hostOfError(error, nodes) : null
  // A problem of the looking is not answered by a button: it is looked again all the time.
  const onlyUnseen = error === observed.problem
  return (
    <ErrorBlock error={error} tone={state.is === 'failed' || isChangedKey(error) ? 'failed' : 'needs'}>
      {changedOn && (
        <LinkButton to="/places/$placeId/hosts/$hostId" params={{ placeId: cluster.placeId, hostId: changedOn }}>
          What this means
        </LinkButton>
      )}
      {!onlyUnseen &&
        answers.map(({ key, label, danger, run }) => (
          <Button key={key} variant={danger ? 'danger' : 'default'} onClick={run}>
            {label}
          </Button>
        ))}
    </ErrorBlock>
  )
}

/** A termination waits for machines that do not answer: who they are, and that one need not wait with it. */
function Silent({ nodes, giveUp }: { nodes: readonly Node[]; giveUp(): void }) {
  const silent = nodes.filter(({ state }) => state !== 'gone')
  const one = silent.length === 1
  return (
    <Note
      tone="needs"
      title={`${silent.map(hostName).join(', ')} ${one ? 'does' : 'do'} not answer`}
      actions={<Button onClick={giveUp}>Give up…</Button>}
    >
      All else is removed. {one ? 'It is' : 'They are'} tried a little longer; Styx does not need you for that, and if{' '}
      {one ? 'the machine is' : 'the machines are'} gone for ever, you can give {one ? 'it' : 'them'} up now.
    </Note>
  )
}
