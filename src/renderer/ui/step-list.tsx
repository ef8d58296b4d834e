import { IconArrowBackUp, IconCheck, IconCircleDashed, IconMinus, IconX } from '@tabler/icons-react'
import { PathText } from './path-text.tsx'
import { StateDot } from './state-dot.tsx'
import css from './step-list.module.css'
import type { StepState, StepView } from './step-views.ts'

type Props = {
  steps: StepView[]
  /** The step whose log is shown. */
  chosen?: string | null
  /** With it each step that was begun is a button. */
  onChoose?(name: string): void
  /** A line for each and no more. */
  short?: boolean
}

/** The list of steps: expected before, live during, measured after. */
export function StepList({ steps, chosen = null, onChoose, short = false }: Props) {
  return (
    <ol className={short ? `${css.list} ${css.short}` : css.list}>
      {steps.map((step) => (
        <li key={step.name} className={css.step} data-state={step.state} data-current={step.name === chosen}>
          {onChoose && step.state !== 'waiting' && step.state !== 'skipped' ? (
            <button type="button" className={css.line} aria-pressed={step.name === chosen} onClick={() => onChoose(step.name)}>
              <StepLine step={step} />
            </button>
          ) : (
            <div className={css.line}>
              <StepLine step={step} />
            </div>
          )}
          {!short && <StepMore step={step} />}
        </li>
      ))}
    </ol>
  )
}

function StepLine({ step }: { step: StepView }) {
  return (
    <>
      <span className={css.icon} data-state={step.state}>
        <StepIcon state={step.state} />
      </span>
      <span className={css.title}>{step.title}</span>
      <span className={css.time}>
        {step.tries > 1 && `try ${step.tries} · `}
        {step.state === 'running' ? <strong>{step.time}</strong> : stateTime(step)} {step.expected}
      </span>
    </>
  )
}

function stateTime(step: StepView): string {
  if (step.state === 'undoing') return 'taking back'
  if (step.state === 'undone') return 'taken back'
  if (step.state === 'undo-failed') return 'not taken back'
  return step.time
}

function StepMore({ step }: { step: StepView }) {
  const shown = step.attempts.length > 0 || step.nodes.length > 1 || (step.progress && step.state === 'running') || step.error
  if (!shown) return null
  return (
    <div className={css.more}>
      {step.state === 'running' && step.progress && (
        <>
          <span>{step.progress.text}</span>
          {step.progress.fraction !== null && <Bar fraction={step.progress.fraction} />}
        </>
      )}
      {step.attempts.map((attempt) => (
        <div key={attempt.number} className={css.attempt}>
          <span className={css.icon} data-state={attempt.state}>
            <StepIcon state={attempt.state} />
          </span>
          <span>
            {attempt.title} {attempt.words}
          </span>
          <span className={css.time}>{attempt.time}</span>
          {attempt.detail && <pre>{attempt.detail}</pre>}
        </div>
      ))}
      {step.nodes.length > 1 &&
        step.nodes.map((node) => (
          <div key={node.nodeId} className={css.node}>
            <div className={css.nodeHead}>
              <StateDot tone={toneOf(node.state)} word={node.state} />
              <strong>{node.title}</strong>
              <span className={css.host}>{node.hostname}</span>
              <span className={css.time}>{node.time}</span>
            </div>
            <span>{node.error?.what ?? node.progress?.text ?? ''}</span>
            {node.progress?.fraction != null && node.state === 'running' && <Bar fraction={node.progress.fraction} />}
          </div>
        ))}
      {step.error && (
        <div className={css.error}>
          <strong>{step.error.what}</strong> <PathText text={step.error.why} />
          {step.error.detail && (
            <details>
              <summary>Raw text</summary>
              <pre>{step.error.detail}</pre>
            </details>
          )}
        </div>
      )}
    </div>
  )
}

/** A thin bar of 0–1. */
export function Bar({ fraction }: { fraction: number }) {
  return (
    <div className={css.bar}>
      <span style={{ width: `${Math.round(fraction * 1000) / 10}%` }} />
    </div>
  )
}

function toneOf(state: StepState) {
  if (state === 'done') return 'ready'
  if (state === 'failed' || state === 'undo-failed') return 'failed'
  return state === 'running' || state === 'undoing' ? 'motion' : 'off'
}

function StepIcon({ state }: { state: StepState }) {
  const words: Record<StepState, string> = {
    waiting: 'to come',
    running: 'running',
    done: 'done',
    failed: 'failed',
    undoing: 'being taken back',
    undone: 'taken back',
    'undo-failed': 'could not be taken back',
    skipped: 'not begun',
  }
  const props = { size: 16, stroke: 1.75, role: 'img', 'aria-label': words[state] }
  switch (state) {
    case 'done':
      return <IconCheck {...props} />
    case 'failed':
    case 'undo-failed':
      return <IconX {...props} />
    case 'running':
      return (
        <span style={{ display: 'grid', placeItems: 'center', width: 16 }}>
          <StateDot tone="motion" word={words.running} />
        </span>
      )
    case 'undoing':
    case 'undone':
      return <IconArrowBackUp {...props} />
    case 'skipped':
      return <IconMinus {...props} />
    case 'waiting':
      return <IconCircleDashed {...props} />
  }
}
