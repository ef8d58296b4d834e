import type { NavigateOptions } from '@tanstack/react-router'
import type { Cluster } from '../../shared/cluster.ts'
import { mayBeGivenUp } from '../../shared/give-up.ts'
import type { Node } from '../../shared/node.ts'
import type { Operation } from '../../shared/operation.ts'
import { hostName, isOpen, operationWords } from '../data/words.ts'
import { api } from '../rpc/connection.ts'
import { askRestartRay, askUpgradeRay } from './ask-ray.tsx'
import { confirm, Point } from './confirm.tsx'
import { showError } from './notice.tsx'

/** One thing that can be done to a cluster now. `ask`: it asks before it does. */
export type ClusterAction = {
  key: 'stop' | 'start' | 'terminate' | 'retry' | 'cancel' | 'again' | 'forget' | 'give-up' | 'restart-ray' | 'upgrade-ray'
  /** On a button beside the cluster's name. */
  label: string
  /** Where the name is not beside it. */
  sentence: string
  danger?: boolean
  run(): void
}

/** What can be done to the cluster in the state it is in: nothing here is ever refused for its state, and nothing is missing. */
export function clusterActions(
  cluster: Cluster,
  operation: Operation | undefined,
  nodes: readonly Node[],
  go: (to: NavigateOptions) => void,
): ClusterAction[] {
  const actions: ClusterAction[] = []
  const { id: clusterId, name } = cluster
  const open = isOpen(operation)
  const { is } = cluster.state
  if (operation && canRetry(cluster, operation))
    actions.push({
      key: 'retry',
      label: `Retry ${operationWords[operation.kind].verb}`,
      sentence: `Retry to ${operationWords[operation.kind].verb} ${name}`,
      run: () => void api.operations.retry({ operationId: operation.id }).catch(showError),
    })
  if (
    open &&
    operation.cancel === null &&
    (operation.kind === 'add-nodes' || (operation.kind === 'launch' && is === 'launching'))
  )
    actions.push({
      key: 'cancel',
      label: 'Cancel…',
      sentence: `Cancel the ${ofCluster(cluster, operation)}…`,
      run: () => askCancel(cluster, operation),
    })
  // What was seen to be gone is made again by a start.
  const lost = cluster.state.is === 'degraded' && cluster.state.operationId === null
  if (!open && (is === 'stopped' || lost))
    actions.push({
      key: 'start',
      label: 'Start',
      sentence: `Start ${name}`,
      run: () => void api.clusters.start({ clusterId }).catch(showError),
    })
  if (!open && (is === 'ready' || is === 'degraded'))
    actions.push({ key: 'stop', label: 'Stop…', sentence: `Stop ${name}…`, run: () => askStop(cluster) })
  if (!open && (is === 'ready' || is === 'degraded') && cluster.ray?.version)
    actions.push(
      { key: 'restart-ray', label: 'Restart Ray…', sentence: `Restart Ray of ${name}…`, run: () => askRestartRay(cluster) },
      {
        key: 'upgrade-ray',
        label: 'Change Ray’s version…',
        sentence: `Change Ray’s version on ${name}…`,
        run: () => askUpgradeRay(cluster),
      },
    )
  if (is === 'ready' || is === 'degraded' || is === 'stopped' || is === 'stopping' || is === 'starting' || is === 'launching')
    actions.push({
      key: 'terminate',
      label: 'Terminate…',
      sentence: `Terminate ${name}…`,
      danger: true,
      run: () => askTerminate(cluster),
    })
  actions.push({
    key: 'again',
    label: 'Again like this…',
    sentence: `Launch again like ${name}…`,
    run: () => go({ to: '/launch', search: { like: clusterId } }),
  })
  if (mayBeGivenUp(cluster, operation, nodes))
    actions.push({
      key: 'give-up',
      label: 'Give up…',
      sentence: `Give up ${name}…`,
      danger: true,
      run: () => askGiveUp(cluster, nodes),
    })
  if (is === 'terminated' || is === 'failed')
    actions.push({
      key: 'forget',
      label: 'Remove from the list',
      sentence: `Remove ${name} from the list`,
      run: () => void api.clusters.forget({ clusterId }).catch(showError),
    })
  return actions
}

/** It came to rest without its end, and the cluster waits for that: degraded, or failed with all taken back, which is then made again. */
const canRetry = ({ state }: Cluster, operation: Operation) =>
  operation.state === 'needs-you' ||
  ((operation.state === 'failed' || operation.state === 'cancelled') && (state.is === 'degraded' || state.is === 'failed'))

function askStop(cluster: Cluster) {
  confirm({
    title: `Stop ${cluster.name}?`,
    children: (
      <ul>
        <Point keeps={false}>
          Its terminals and what runs in them <strong>end</strong>.
        </Point>
        <Point keeps>Its folders stay as they are, its GPUs stay reserved for it, and Start brings it back.</Point>
      </ul>
    ),
    keep: 'Leave it running',
    choices: [{ label: `Stop ${cluster.name}`, primary: true, run: () => api.clusters.stop({ clusterId: cluster.id }) }],
  })
}

function askTerminate(cluster: Cluster) {
  confirm({
    title: `Terminate ${cluster.name}?`,
    children: (
      <ul>
        <Point keeps={false}>
          What runs on it <strong>ends</strong>, and what Styx made for it <strong>is removed</strong>: its folder on each node
          with all that lies in it. This cannot be taken back.
        </Point>
        <Point keeps>Your machine and everything that Styx did not make stay untouched.</Point>
      </ul>
    ),
    keep: 'Keep it',
    choices: [{ label: `Terminate ${cluster.name}`, danger: true, run: () => api.clusters.terminate({ clusterId: cluster.id }) }],
  })
}

function askGiveUp(cluster: Cluster, nodes: readonly Node[]) {
  const silent = nodes.filter(({ state }) => state !== 'gone')
  confirm({
    title: `Give up ${cluster.name}?`,
    children: (
      <ul>
        <Point keeps={false}>
          {silent.map(hostName).join(', ')} {silent.length === 1 ? 'is not asked' : 'are not asked'} any more. What Styx made
          there <strong>stays there</strong>: an event says what and where.
        </Point>
        <Point keeps>The cluster is gone from Styx, and its GPUs are free.</Point>
      </ul>
    ),
    keep: 'Wait for it',
    choices: [{ label: `Give up ${cluster.name}`, danger: true, run: () => api.clusters.forget({ clusterId: cluster.id }) }],
  })
}

/** What can be cancelled: "launch of llama", "adding of machines to llama". */
const ofCluster = ({ name }: Cluster, { kind }: Operation) =>
  `${operationWords[kind].verb} ${kind === 'launch' ? 'of' : 'to'} ${name}`

function askCancel(cluster: Cluster, operation: Operation) {
  const launches = operation.kind === 'launch'
  const cancel = (keep: 'nothing' | 'everything') => () => api.operations.cancel({ operationId: operation.id, keep })
  confirm({
    title: `Cancel the ${ofCluster(cluster, operation)}?`,
    children: (
      <ul>
        <Point keeps={false}>
          <strong>Take all back</strong>: undoes the steps in reverse, so that nothing is left. Its log is kept.
        </Point>
        <Point keeps>
          <strong>Keep what is made</strong>: stops here. It can go on later with Retry,{' '}
          {launches ? 'or be terminated' : 'or the nodes be removed'}.
        </Point>
      </ul>
    ),
    keep: launches ? 'Go on launching' : 'Go on adding',
    choices: [
      { label: 'Keep what is made', run: cancel('everything') },
      { label: 'Take all back', danger: true, run: cancel('nothing') },
    ],
  })
}
