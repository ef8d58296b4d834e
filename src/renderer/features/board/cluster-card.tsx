import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { IconDeviceDesktop, IconTerminal2 } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { Cluster } from '../../../shared/cluster.ts'
import type { Node } from '../../../shared/node.ts'
import { lastBegunAt, type Operation } from '../../../shared/operation.ts'
import { openTerminal } from '../../data/dock.ts'
import { useNodes, useOperation, usePlaces } from '../../data/live.ts'
import { latest, useMachineProblem, useWatch } from '../../data/samples.ts'
import { agoWords, elapsedWords, fullTime, useNow } from '../../data/time.ts'
import { clusterTone, clusterWord, count, gpuName, isOpen, machineWords, operationWords } from '../../data/words.ts'
import { Ago } from '../../ui/ago.tsx'
import { CellRows, nodeRows } from '../../ui/cell-rows.tsx'
import { type ClusterAction, clusterActions } from '../../ui/cluster-actions.tsx'
import { LiveText } from '../../ui/live-text.tsx'
import { MachineRows } from '../../ui/machine-rows.tsx'
import { StateDot } from '../../ui/state-dot.tsx'
import { Bar, StepList } from '../../ui/step-list.tsx'
import { currentStep, overall, stepViews } from '../../ui/step-views.ts'
import { CardNote } from './card-note.tsx'
import css from './cluster-card.module.css'

/** A cluster: what and where, of what it is made, what it does now, what runs, what needs the user, and when it was last seen. */
export function ClusterCard({ cluster }: { cluster: Cluster }) {
  const nodes = useNodes(cluster.id)
  const operation = useOperation(cluster.id)
  const place = usePlaces().find(({ id }) => id === cluster.placeId)
  const tone = clusterTone(cluster, operation)
  const runs = cluster.state.is === 'ready' || cluster.state.is === 'degraded'
  const seen = nodes.flatMap(({ machineId }) => machineId ?? [])
  useWatch(runs ? seen : [], 60)
  const alone = nodes.length === 1 && !nodes[0]!.facts?.gpus.length ? nodes[0]!.machineId : null
  const actions = clusterActions(cluster, operation)
  const unread = useMachineProblem(runs ? seen : [])
  const head = nodes.find(({ state }) => state === 'up')
  return (
    <article className={css.card} data-tone={tone} aria-label={cluster.name}>
      <header className={css.head}>
        <StateDot tone={tone} word={clusterWord(cluster, operation)} />
        <Link to="/clusters/$clusterId" params={{ clusterId: cluster.id }} className={css.name} data-card-link>
          {cluster.name}
        </Link>
        {tone !== 'ready' && (
          <span className={css.state}>
            {cluster.state.is === 'stopped' ? (
              <Ago at={cluster.state.since} before="stopped " />
            ) : (
              clusterWord(cluster, operation).toLowerCase()
            )}
          </span>
        )}
        <span className={css.where}>
          <IconDeviceDesktop size={15} stroke={1.75} aria-hidden />
          {place?.name ?? 'place unknown'}
        </span>
        {head && (
          <Tooltip label="Terminal">
            <ActionIcon
              size={24}
              className={css.terminal}
              aria-label={`Terminal on ${cluster.name}`}
              onClick={() => void openTerminal({ is: 'node', nodeId: head.id })}
            >
              <IconTerminal2 size={16} stroke={1.75} />
            </ActionIcon>
          </Tooltip>
        )}
      </header>
      <p className={css.made} title={madeOf(nodes)}>
        {madeOf(nodes)}
      </p>
      {runs && nodes.length > 0 && (
        <div>
          <CellRows rows={nodeRows(nodes)} />
          {alone && <MachineRows machineId={alone} />}
        </div>
      )}
      {isOpen(operation) && operation.state !== 'needs-you' && (
        <>
          <Doing operation={operation} nodes={nodes} />
          <DoneSteps operation={operation} nodes={nodes} />
        </>
      )}
      <CardNote cluster={cluster} operation={operation} actions={actions} unread={unread} />
      <Foot cluster={cluster} nodes={nodes} actions={actions} />
    </article>
  )
}

function madeOf(nodes: Node[]): string {
  const facts = nodes.flatMap((node) => node.facts ?? [])
  const [first] = facts
  if (!first) return nodes.length === 0 ? 'nothing made yet' : `${count(nodes.length, 'node')}, not looked at yet`
  if (nodes.length === 1) return machineWords(first)
  const gpus = facts.reduce((total, { gpus }) => total + gpus.length, 0)
  const kind = first.gpus[0] && gpuName(first.gpus[0].name)
  return [count(nodes.length, 'node'), gpus > 0 ? `${gpus} × ${kind}` : machineWords(first)].join(' · ')
}

/** The operation that runs: the step it is at, and how far it is. */
function Doing({ operation, nodes }: { operation: Operation; nodes: Node[] }) {
  const now = useNow()
  const { fraction, of } = overall(operation, now)
  const name = currentStep(operation)
  const steps = stepViews(operation.plan, operation, nodes, now)
  const at = steps.findIndex((step) => step.name === name)
  const step = steps[at]
  return (
    <div className={css.doing}>
      <div className={css.doingLine}>
        <strong>{doingWords(operation, step?.title)}</strong>
        <span>{step?.progress?.text}</span>
        <span>
          {at >= 0 && `step ${at + 1} of ${of} · `}
          {elapsedWords(now - lastBegunAt(operation))}
        </span>
      </div>
      <Bar fraction={fraction} />
    </div>
  )
}

function doingWords(operation: Operation, step: string | undefined): string {
  if (operation.state === 'undoing') return 'Taking back'
  if (operation.cancel) return 'Cancelling'
  return step ?? operationWords[operation.kind].doing
}

const STEPS_SHOWN = 3

/** The steps that ended last, with what they took: the end of the list that the cluster's page shows whole. */
function DoneSteps({ operation, nodes }: { operation: Operation; nodes: Node[] }) {
  const ended = stepViews(operation.plan, operation, nodes, operation.createdAt).filter(
    ({ state }) => state === 'done' || state === 'failed' || state === 'undone',
  )
  return ended.length > 0 && <StepList steps={ended.slice(-STEPS_SHOWN)} short />
}

function Foot({ cluster, nodes, actions }: { cluster: Cluster; nodes: Node[]; actions: ClusterAction[] }) {
  const now = useNow()
  const shown = actions.filter(
    ({ key }) => (key === 'start' && cluster.state.is === 'stopped') || key === 'cancel' || key === 'forget',
  )
  return (
    <footer className={css.foot}>
      <span>no cost</span>
      <span title={`launched ${fullTime(cluster.createdAt)}`}>{elapsedWords(now - cluster.createdAt)}</span>
      {shown.length > 0 ? (
        <span className={`${css.buttons} ${css.above}`}>
          {shown.map(({ key, label, sentence, run }) => (
            <Button key={key} aria-label={sentence} onClick={run}>
              {label}
            </Button>
          ))}
        </span>
      ) : (
        <LiveText read={() => seenWords(cluster, nodes)} />
      )}
    </footer>
  )
}

/** When anything of it last answered: an observation of the cluster, of a node, or a sample of its machine. */
function seenWords(cluster: Cluster, nodes: Node[]): string {
  const times = [cluster.observed.at, ...nodes.map(({ lastSeen }) => lastSeen)]
  for (const { machineId } of nodes) times.push((machineId && latest(machineId)?.at) || null)
  const at = Math.max(...times.map((time) => time ?? 0))
  return at === 0 ? 'not seen yet' : `seen ${agoWords(at, Date.now())}`
}
