import { IconTerminal2 } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { memo } from 'react'
import { heldNumbers } from '../../../shared/holders.ts'
import type { Node } from '../../../shared/node.ts'
import { lastBegunAt, type Operation } from '../../../shared/operation.ts'
import { openTerminal } from '../../data/dock.ts'
import { elapsedWords, useNow } from '../../data/time.ts'
import { clusterTone, clusterWord, isOpen, operationWords } from '../../data/words.ts'
import { Ago } from '../../ui/ago.tsx'
import { CellRows, nodeRows } from '../../ui/cell-rows.tsx'
import { clusterActions } from '../../ui/cluster-actions.tsx'
import { MachineRows } from '../../ui/machine-rows.tsx'
import { PlaceIcon } from '../../ui/place-icon.tsx'
import { PlainLink } from '../../ui/plain-link.tsx'
import { StateDot } from '../../ui/state-dot.tsx'
import { Bar, StepList } from '../../ui/step-list.tsx'
import { currentStep, overall, stepViews } from '../../ui/step-views.ts'
import { CardFoot } from './card-foot.tsx'
import { CardJobs } from './card-jobs.tsx'
import { CardNote } from './card-note.tsx'
import css from './cluster-card.module.css'
import { type BoardItem, machinesOf } from './items.ts'
import { madeOf } from './made-of.ts'

/** More nodes than this share the last row: a card is no page. */
export const ROWS_MOST = 8

/** A cluster: what and where, of what it is made, what it does now, what runs, what needs the user, and when it was last seen. */
export const ClusterCard = memo(function ClusterCard({ item }: { item: BoardItem }) {
  const { cluster, nodes, operation, place } = item
  const tone = item.ask ? 'needs' : clusterTone(cluster, operation)
  const word = item.ask ? 'Needs you' : clusterWord(cluster, operation)
  const runs = machinesOf(item).length > 0
  const alone = nodes.length === 1 && heldNumbers(nodes[0]!).length === 0 ? nodes[0]!.machineId : null
  const actions = clusterActions(cluster, operation, nodes, useNavigate())
  const [worst] = item.notes
  const head = nodes.find(({ state }) => state === 'up')
  return (
    <article
      className={css.card}
      data-tone={tone === 'ready' && worst ? (worst.level === 'bad' ? 'failed' : 'needs') : tone}
      aria-label={cluster.name}
    >
      <header className={css.head}>
        <StateDot tone={tone} word={word} />
        <PlainLink to={`/clusters/${cluster.id}`} className={css.name} data-card-link>
          {cluster.name}
        </PlainLink>
        {tone !== 'ready' && (
          <span className={css.state}>
            {cluster.state.is === 'stopped' ? <Ago at={cluster.state.since} before="stopped " /> : word.toLowerCase()}
          </span>
        )}
        <span className={css.where}>
          <PlaceIcon kind={place?.kind} />
          <span>{place?.name ?? 'place unknown'}</span>
        </span>
        {head && (
          <button
            type="button"
            className={css.terminal}
            title="Terminal"
            aria-label={`Terminal on ${cluster.name}`}
            onClick={() => void openTerminal({ is: 'node', nodeId: head.id })}
          >
            <IconTerminal2 size={16} stroke={1.75} aria-hidden />
          </button>
        )}
      </header>
      <p className={css.made} title={madeOf(nodes)}>
        {madeOf(nodes)}
      </p>
      {runs && (
        <div>
          <CellRows rows={nodeRows(nodes, ROWS_MOST)} />
          {alone && <MachineRows machineId={alone} />}
        </div>
      )}
      {isOpen(operation) && operation.state !== 'needs-you' && (
        <>
          <Doing operation={operation} nodes={nodes} />
          <DoneSteps operation={operation} nodes={nodes} />
        </>
      )}
      <CardJobs item={item} />
      <CardNote item={item} actions={actions} />
      <CardFoot item={item} actions={actions} />
    </article>
  )
})

/** The operation that runs: the step it is at, and how far it is. */
function Doing({ operation, nodes }: { operation: Operation; nodes: readonly Node[] }) {
  const now = useNow()
  const { fraction, of } = overall(operation, now)
  const name = currentStep(operation)
  const steps = stepViews(operation.plan, operation, [...nodes], now)
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
function DoneSteps({ operation, nodes }: { operation: Operation; nodes: readonly Node[] }) {
  const ended = stepViews(operation.plan, operation, [...nodes], operation.createdAt).filter(
    ({ state }) => state === 'done' || state === 'failed' || state === 'undone',
  )
  return ended.length > 0 && <StepList steps={ended.slice(-STEPS_SHOWN)} short />
}
