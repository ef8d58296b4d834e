import { IconRocket } from '@tabler/icons-react'
import { useState } from 'react'
import { lastBegunAt, makesNodes, type Operation } from '../../../shared/operation.ts'
import { useNodes, useOperation } from '../../data/live.ts'
import { clockTime, durationWords, elapsedWords, expectedWords, useNow } from '../../data/time.ts'
import { isOpen, operationWords } from '../../data/words.ts'
import { Empty } from '../../ui/empty.tsx'
import { Bar, StepList } from '../../ui/step-list.tsx'
import { currentStep, overall, stepViews } from '../../ui/step-views.ts'
import { ClusterNeeds } from './cluster-needs.tsx'
import { useShownCluster } from './cluster-page.tsx'
import { OperationLog } from './operation-log.tsx'
import { OperationSide } from './operation-side.tsx'
import css from './operation-tab.module.css'

/** The newest operation: its steps, the log of the step that runs or was chosen, and what was made. */
export function OperationTab() {
  const cluster = useShownCluster()
  const operation = useOperation(cluster.id)
  if (!operation)
    return (
      <Empty icon={IconRocket} title="Nothing runs">
        A launch, stop, start or terminate shows its steps here.
      </Empty>
    )
  // Another operation begins with nothing chosen.
  return <Shown key={operation.id} operation={operation} />
}

function Shown({ operation }: { operation: Operation }) {
  const cluster = useShownCluster()
  const nodes = useNodes(cluster.id)
  const now = useNow()
  // Nothing asked: while it runs the eye is on one step, afterwards on how it went.
  const [asked, setAsked] = useState<{ all: true } | { step: string } | null>(null)
  const all = asked ? 'all' in asked : !isOpen(operation)
  const step = asked && 'step' in asked ? asked.step : currentStep(operation)
  const steps = stepViews(operation.plan, operation, nodes, now)
  return (
    <div className={css.columns}>
      <section className={css.panel}>
        <OperationHead operation={operation} now={now} />
        <div className={css.steps}>
          <StepList steps={steps} chosen={all ? null : step} onChoose={(name) => setAsked({ step: name })} />
        </div>
        <p className={css.panelFoot}>{footWords(operation)}</p>
      </section>
      <OperationLog
        operation={operation}
        nodes={nodes}
        step={step}
        title={steps.find(({ name }) => name === step)?.title ?? ''}
        number={steps.findIndex(({ name }) => name === step) + 1}
        all={all}
        onAll={(all) => setAsked(all ? { all } : step === null ? null : { step })}
      />
      <div className={css.side}>
        <ClusterNeeds cluster={cluster} operation={operation} />
        <OperationSide cluster={cluster} operation={operation} nodes={nodes} />
      </div>
    </div>
  )
}

function OperationHead({ operation, now }: { operation: Operation; now: number }) {
  const { fraction, left_s } = overall(operation, now)
  const { endedAt } = operation
  const begunAt = lastBegunAt(operation)
  const elapsed = endedAt === null ? `${elapsedWords(now - begunAt)} so far` : `in ${durationWords(endedAt - begunAt)}`
  const goesOn = operation.state === 'running' && !operation.cancel
  const toGo = isLate(operation, now) ? 'takes longer than expected' : `${expectedWords(left_s)} to go`
  const end = endedAt !== null ? `ended ${clockTime(endedAt)}` : goesOn ? toGo : ''
  return (
    <header className={css.panelHead}>
      <div className={css.panelTitle}>
        <h2>{headWords(operation)}</h2>
        <span>{elapsed}</span>
        <span>{end}</span>
      </div>
      {endedAt === null && (
        <div className={css.bar}>
          <Bar fraction={fraction} />
        </div>
      )}
    </header>
  )
}

/** Has a step taken much longer than it should? Then no one knows how long the rest takes. */
const isLate = ({ plan, steps }: Operation, now: number) =>
  steps.some(({ state, name, startedAt }) => {
    const expected_s = plan.find((step) => step.name === name)?.expected_s ?? 0
    return state === 'started' && now - startedAt > Math.max(3, expected_s * 2) * 1000
  })

function headWords(operation: Operation): string {
  const words = operationWords[operation.kind]
  switch (operation.state) {
    case 'running':
      return operation.cancel ? 'Cancelling' : words.doing
    case 'undoing':
      return 'Taking back'
    case 'needs-you':
      return 'Waits for you'
    case 'done':
      return words.done
    case 'failed':
      return `Could not ${words.verb}`
    case 'cancelled':
      return 'Cancelled'
  }
}

function footWords(operation: Operation): string {
  if (!isOpen(operation)) return 'Its log is kept until the cluster is removed from the list.'
  if (!makesNodes(operation.kind)) return 'This only goes forward. Quitting Styx pauses it; it goes on at the next start.'
  if (operation.state === 'running' && operation.cancel)
    return operation.cancel.keep === 'everything'
      ? 'Stops as soon as it can. What is made is kept.'
      : 'Stops as soon as it can, then takes back what it made.'
  if (operation.state === 'undoing') return 'Undoes the steps in reverse. What cannot be taken back is named.'
  return 'Each step can be undone. Cancel takes back all that was made, or keeps it: it asks.'
}
