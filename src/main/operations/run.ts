import { type ErrorData, errorDataOf } from '../../shared/error.ts'
import { type Attempt, makesNodes, type Operation } from '../../shared/operation.ts'
import { isDatabaseError } from '../storage/database.ts'
import { saveAttempt, saveOperation } from '../storage/operation-records.ts'
import { runStep, undoStep } from './run-step.ts'
import { cancelled, current, type Outcome, type Run, type RunDeps, type RunSignals } from './running.ts'
import type { AnyStep } from './step.ts'

/**
 * Runs an operation from wherever its rows say it is, until it is done, failed, cancelled or halted. Every row is written `started`
 * before its effect and `done` with its output after; a crash between the two runs the step again.
 */
export async function runOperation(deps: RunDeps, operationId: string, signals: RunSignals): Promise<void> {
  const operation = current(deps, operationId)
  const known = deps.steps(operation.kind, deps.subject(operation.clusterId).place)
  const steps = operation.plan.map((planned) => known.find((step) => step.name === planned.name) ?? planned.name)
  const unknown = steps.find((step) => typeof step === 'string')
  if (unknown !== undefined) return askAboutUnknownStep(deps, operation, unknown as string)
  const run: Run = { deps, operationId, steps: steps as AnyStep[], signals }

  if (operation.state === 'undoing' && (await takeBack(run)) === 'end') return
  while (!signals.halt.aborted) {
    const failure = await forward(run, beginAttempt(run))
    if (signals.halt.aborted) return
    const now = current(deps, operationId)
    if (now.cancel?.keep === 'everything') return settle(run, { is: 'cancelled', holds: true, leftovers: [] })
    if (now.cancel) markUndoing(run, cancelled())
    else if (failure === null) return settle(run, { is: 'done' })
    // Only what makes nodes takes back what it made, and only until all of them answer: what the others did is what was asked for.
    else if (!makesNodes(now.kind) || failure.holds) return settle(run, { is: 'failed', error: failure.error, holds: true })
    else markUndoing(run, failure.error)
    if ((await takeBack(run)) === 'end') return
  }
}

/** The attempt to go on with: the last one where it stands, else a new one with the next candidate. */
function beginAttempt({ deps, operationId }: Run): Attempt {
  const { attempts, candidates } = current(deps, operationId)
  const last = attempts.at(-1)
  const attempt: Attempt =
    last && last.state !== 'undone'
      ? { ...last, state: 'running', error: null, endedAt: null }
      : {
          number: attempts.length + 1,
          candidate: candidates[attempts.length % candidates.length]!,
          state: 'running',
          error: null,
          startedAt: Date.now(),
          endedAt: null,
        }
  saveAttempt(deps.db, operationId, attempt)
  return attempt
}

/** Runs the steps that are not done yet. The error that stopped it, or null; `holds`: nothing may be taken back for it. */
async function forward(run: Run, attempt: Attempt): Promise<{ error: ErrorData; holds: boolean } | null> {
  for (const step of run.steps) {
    if (run.signals.halt.aborted || current(run.deps, run.operationId).cancel) return null
    try {
      await runStep(run, step, attempt)
    } catch (error) {
      // Our own notes cannot be written: that says nothing of the step, and must not take back what it made.
      if (isDatabaseError(error)) throw error
      return { error: errorDataOf(error, step.title), holds: step.takesNothingBack ?? false }
    }
  }
  return null
}

function markUndoing(run: Run, error: ErrorData): void {
  const { deps, operationId } = run
  deps.db.transaction(() => {
    const operation = current(deps, operationId)
    const attempt = operation.attempts.at(-1)
    if (attempt) saveAttempt(deps.db, operationId, { ...attempt, state: 'failed', error, endedAt: Date.now() })
    saveOperation(deps.db, { ...operation, state: 'undoing' })
  })
  deps.atPoint?.(`${current(deps, operationId).kind}/undo/marked`)
}

/**
 * Takes back the last attempt in reverse; then the next candidate, or the end (and the steps of cluster scope with it).
 * Resumable: a row that is `undone` is not undone again.
 */
async function takeBack(run: Run): Promise<'go-on' | 'end'> {
  const { deps, operationId, signals } = run
  await undo(run, (step) => step.scope !== 'cluster')
  if (signals.halt.aborted) return 'end'
  const operation = current(deps, operationId)
  const attempt = operation.attempts.at(-1)!
  const error = attempt.error ?? cancelled()
  const place = deps.subject(operation.clusterId).place
  // After a retry the count begins anew: every round tries each candidate once.
  const more = attempt.number % operation.candidates.length !== 0
  if (!operation.cancel && more && deps.afterFailure(place, error) === 'next-candidate') {
    deps.db.transaction(() => {
      saveAttempt(deps.db, operationId, { ...attempt, state: 'undone' })
      saveOperation(deps.db, { ...operation, state: 'running' })
    })
    return 'go-on'
  }
  await undo(run, (step) => step.scope === 'cluster')
  if (signals.halt.aborted) return 'end'
  deps.db.transaction(() => {
    saveAttempt(deps.db, operationId, { ...attempt, state: 'undone' })
    const { leftovers, cancel } = current(deps, operationId)
    const holds = leftovers.length > 0
    settle(run, cancel ? { is: 'cancelled', holds, leftovers } : { is: 'failed', error, holds })
  })
  return 'end'
}

async function undo(run: Run, which: (step: AnyStep) => boolean): Promise<void> {
  const { deps, operationId } = run
  for (const step of run.steps.toReversed()) {
    if (!which(step)) continue
    if (run.signals.halt.aborted) return
    const leftovers = await undoStep(run, step)
    if (leftovers.length === 0) continue
    const operation = current(deps, operationId)
    const known = new Set(operation.leftovers.map((one) => `${one.what} ${one.where}`))
    const added = leftovers.filter((one) => !known.has(`${one.what} ${one.where}`)) // a crash in the middle names them again
    saveOperation(deps.db, { ...operation, leftovers: [...operation.leftovers, ...added] })
  }
}

function settle({ deps, operationId }: Run, outcome: Outcome): void {
  const at = Date.now()
  deps.db.transaction(() => {
    const operation = current(deps, operationId)
    const attempt = operation.attempts.at(-1)
    if (attempt?.state === 'running') {
      const state = outcome.is === 'done' ? 'done' : 'failed'
      saveAttempt(deps.db, operationId, { ...attempt, state, error: outcome.is === 'failed' ? outcome.error : null, endedAt: at })
    }
    const error = outcome.is === 'failed' ? outcome.error : null
    saveOperation(deps.db, { ...operation, state: outcome.is, error, endedAt: at })
    deps.onOutcome(current(deps, operationId), outcome)
  })
  deps.atPoint?.(`${current(deps, operationId).kind}/settled`)
}

function askAboutUnknownStep(deps: RunDeps, operation: Operation, name: string): void {
  const error: ErrorData = {
    code: 'operation.unknown-step',
    what: 'This plan has a step that this Styx does not know',
    where: name,
    why: 'It was begun by another version of Styx.',
    suggestion: 'Start that version again to finish it, or terminate the cluster.',
    detail: '',
    retryable: false,
  }
  deps.db.transaction(() => {
    saveOperation(deps.db, { ...operation, state: 'needs-you', error })
    deps.onOutcome(operation, { is: 'failed', error, holds: true })
  })
}
