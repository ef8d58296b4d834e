import type { ErrorData } from '../../shared/error.ts'
import type { Node } from '../../shared/node.ts'
import type { Operation, PlannedStep, Progress, StepRow } from '../../shared/operation.ts'
import { durationWords, elapsedWords, expectedWords } from '../data/time.ts'
import { isOpen, nodeName } from '../data/words.ts'

export type StepState = 'waiting' | 'running' | 'done' | 'failed' | 'undoing' | 'undone' | 'undo-failed' | 'skipped'

type Row = { state: StepState; time: string; tries: number; progress: Progress | null; error: ErrorData | null }

/** One line of the list: the same before, during and after. */
export type StepView = Row & {
  name: string
  title: string
  /** "of about 4 s", while it runs. */
  expected: string
  attempts: { number: number; title: string; words: string; state: 'failed' | 'done' | 'running'; time: string; detail: string }[]
  nodes: (Row & { nodeId: string; title: string; hostname: string })[]
}

/**
 * The plan as it stands: what is expected of steps to come, what is measured of those that came.
 * `operation` null: before it begins. Pure; `now` in epoch ms.
 */
export function stepViews(plan: PlannedStep[], operation: Operation | null, nodes: Node[], now: number): StepView[] {
  // An ended operation begins nothing more; one that goes back goes no further forward.
  const goesOn = operation === null || (isOpen(operation) && operation.state !== 'undoing')
  return plan.map((step) => {
    const rows = operation?.steps.filter(({ name }) => name === step.name) ?? []
    const row = rows.reduce<StepRow | undefined>((newest, each) => (later(each, newest) ? each : newest), undefined)
    const base = {
      name: step.name,
      title: step.title,
      expected: '',
      attempts: operation ? attemptViews(operation, rows, now) : [],
      nodes: [],
    }
    if (!row) {
      const state = goesOn ? 'waiting' : 'skipped'
      const time = goesOn ? expectedWords(step.expected_s) : 'not begun'
      return { ...base, state, time, tries: 0, progress: null, error: null }
    }
    const view = rowView(row, now)
    return {
      ...base,
      ...view,
      expected: view.state === 'running' && step.expected_s >= 1 ? `of ${expectedWords(step.expected_s)}` : '',
      nodes: row.nodes.map((each) => {
        const node = nodes.find(({ id }) => id === each.nodeId)
        return {
          ...rowView(each, now),
          nodeId: each.nodeId,
          title: node ? nodeName(node) : each.nodeId,
          hostname: node?.facts?.hostname ?? node?.innerIp ?? '',
        }
      }),
    }
  })
}

const later = (row: StepRow, than: StepRow | undefined) => !than || (row.attempt ?? 0) >= (than.attempt ?? 0)

function rowView(row: Omit<StepRow, 'name' | 'attempt' | 'nodes'>, now: number): Row {
  const state = row.state === 'started' ? 'running' : row.state
  const time = row.endedAt === null ? elapsedWords(now - row.startedAt) : durationWords(row.endedAt - row.startedAt)
  return { state, time, tries: row.tries, progress: row.progress, error: row.error }
}

/** The answers of earlier candidates, shown under the step that each of them ended at. */
function attemptViews(operation: Operation, rows: StepRow[], now: number): StepView['attempts'] {
  if (operation.attempts.length < 2) return []
  const views: StepView['attempts'] = []
  for (const attempt of operation.attempts) {
    const row = rows.find((each) => each.attempt === attempt.number)
    if (!row) continue
    const endedHere = row.error !== null
    const isLast = attempt.number === operation.attempts.length
    if (!endedHere && !(isLast && views.length > 0)) continue
    views.push({
      number: attempt.number,
      title: attempt.candidate.title,
      words: row.error?.what ?? row.progress?.text ?? '',
      state: endedHere ? 'failed' : row.state === 'done' ? 'done' : 'running',
      time: rowView(row, now).time,
      detail: row.error?.detail ?? '',
    })
  }
  return views
}

/** How far the whole is: by expected time, so that a long step counts for more. `left_s` is an estimate; 0 when nothing is left. */
export function overall(operation: Operation, now: number): { done: number; of: number; fraction: number; left_s: number } {
  let expected = 0
  let past = 0
  let done = 0
  for (const step of operation.plan) {
    // Steps of no expected time still count for something.
    const weight = Math.max(step.expected_s, 0.2)
    expected += weight
    const row = operation.steps.findLast(({ name }) => name === step.name)
    if (row?.state === 'done') {
      past += weight
      done += 1
    } else if (row?.state === 'started') {
      // A step that takes longer than expected never looks finished.
      past += weight * Math.min(0.9, row.progress?.fraction ?? (now - row.startedAt) / 1000 / weight)
    }
  }
  const fraction = expected === 0 ? 0 : past / expected
  return { done, of: operation.plan.length, fraction, left_s: Math.max(0, expected - past) }
}

/** The step that the eye should be on: the one that runs or failed, else the last one begun. */
export function currentStep(operation: Operation): string | null {
  const row =
    operation.steps.findLast(({ state }) => state === 'started' || state === 'failed' || state === 'undoing') ??
    operation.steps.at(-1)
  return row?.name ?? null
}
