import { errorDataOf, StyxError } from '../../shared/error.ts'
import type { Node } from '../../shared/node.ts'
import type { Attempt, Leftover, Operation } from '../../shared/operation.ts'
import { isDatabaseError } from '../storage/database.ts'
import { readStep, type StepKey, type StepRecord, saveStep } from '../storage/operation-records.ts'
import type { Transport } from '../transports/transport.ts'
import { withRetry } from './retry.ts'
import { cancelled, current, type Run, type RunDeps } from './running.ts'
import type { AnyStep, StepContext } from './step.ts'

/** Writing every report would write the database more often than the screen draws. */
const PROGRESS_EVERY_MS = 200
/** An undo that hangs must not keep the rest from being taken back. */
const UNDO_TIMEOUT_S = 120

/**
 * Runs one step of an attempt, or those of its nodes that are not done.
 * @throws the first error, once every node has come to rest
 */
export async function runStep(run: Run, step: AnyStep, attempt: Attempt): Promise<void> {
  const key = { operationId: run.operationId, attempt: step.scope === 'cluster' ? 0 : attempt.number, name: step.name }
  const row = readStep(run.deps.db, { ...key, nodeId: '' })
  if (row?.state === 'done') return
  if (step.scope !== 'node') return begun(run, step, { ...key, nodeId: '' }, attempt, null)

  const started = start(run, { ...key, nodeId: '' })
  const operation = current(run.deps, run.operationId)
  const nodes = targetsOf(operation, run.deps.subject(operation.clusterId).nodes)
  const results = await Promise.allSettled(
    nodes
      .filter((node) => readStep(run.deps.db, { ...key, nodeId: node.id })?.state !== 'done')
      .map((node) => begun(run, step, { ...key, nodeId: node.id }, attempt, node)),
  )
  const failures = results.filter((result) => result.status === 'rejected')
  const failure = failures.find(({ reason }) => isDatabaseError(reason)) ?? failures[0]
  if (run.signals.halt.aborted) return
  if (isDatabaseError(failure?.reason)) throw failure?.reason
  finish(run, started, failure ? { error: failure.reason } : { output: null })
  if (failure) throw failure.reason
}

/** Undoes the last attempt's row of this step, and those of its nodes. What could not be taken back is named. */
export async function undoStep(run: Run, step: AnyStep): Promise<Leftover[]> {
  const operation = current(run.deps, run.operationId)
  const number = step.scope === 'cluster' ? 0 : operation.attempts.at(-1)!.number
  const row = operation.steps.find((one) => one.name === step.name && (one.attempt ?? 0) === number)
  if (!row) return []
  const key = { operationId: run.operationId, attempt: number, name: step.name }
  const targets = step.scope === 'node' ? targetsOf(operation, run.deps.subject(operation.clusterId).nodes) : [null]
  const leftovers: Leftover[] = []
  for (const node of targets) leftovers.push(...(await undoOne(run, step, { ...key, nodeId: node?.id ?? '' }, operation, node)))
  if (step.scope === 'node') mark(run, { ...key, nodeId: '' }, leftovers.length > 0 ? 'undo-failed' : 'undone')
  return leftovers
}

/** The nodes that an operation is about. `nodes`: those of its cluster. */
const targetsOf = ({ nodeIds }: Operation, nodes: Node[]): Node[] =>
  nodeIds === null ? nodes : nodes.filter(({ id }) => nodeIds.includes(id))

async function begun(run: Run, step: AnyStep, key: StepKey, attempt: Attempt, node: Node | null): Promise<void> {
  const point = `${current(run.deps, run.operationId).kind}/${step.name}`
  run.deps.atPoint?.(`${point}/before`)
  const row = start(run, key)
  run.deps.atPoint?.(`${point}/started`)
  const limit = limited(step.timeout_s, step.title, run.signals.halt, run.signals.cancel)
  try {
    const context = contextOf(run, step, row, attempt, node, limit.signal)
    if (row.tries > 1) context.log(`Begun again, try ${row.tries}.`)
    const output = await withRetry(() => limit.race(step.run(context)), {
      signal: limit.signal,
      onWait: (error, wait_ms) => context.log(`${error.message}. Again in ${(wait_ms / 1000).toFixed(1)} s.`),
    })
    run.deps.atPoint?.(`${point}/effect`)
    finish(run, row, { output: step.output.parse(output) })
    run.deps.atPoint?.(`${point}/done`)
  } catch (error) {
    // Halted, or not to be written down: the row stays `started`, and the step runs again.
    if (!run.signals.halt.aborted && !isDatabaseError(error)) finish(run, row, { error: limit.reason(error) })
    throw limit.reason(error)
  } finally {
    limit.clear()
  }
}

async function undoOne(run: Run, step: AnyStep, key: StepKey, operation: Operation, node: Node | null): Promise<Leftover[]> {
  const row = readStep(run.deps.db, key)
  if (!row || row.state === 'undone') return []
  const undo = step.undo
  if (!undo) {
    mark(run, key, 'undone')
    return []
  }
  mark(run, key, 'undoing')
  run.deps.atPoint?.(`${operation.kind}/${step.name}/undo-started`)
  const limit = limited(UNDO_TIMEOUT_S, step.title, run.signals.halt)
  try {
    const output = step.output.safeParse(row.output)
    const context = contextOf(run, step, row, operation.attempts.at(-1)!, node, limit.signal)
    const leftovers = await limit.race(undo(context, output.success ? output.data : undefined))
    run.deps.atPoint?.(`${operation.kind}/${step.name}/undo-effect`)
    mark(run, key, leftovers.length > 0 ? 'undo-failed' : 'undone')
    return leftovers
  } catch (error) {
    if (run.signals.halt.aborted) return []
    if (isDatabaseError(error)) throw error
    const { what, where, why } = errorDataOf(limit.reason(error))
    mark(run, key, 'undo-failed')
    return [{ what: `${step.title}: ${what}`, where, why }]
  } finally {
    limit.clear()
  }
}

function start(run: Run, key: StepKey): StepRecord {
  const before = readStep(run.deps.db, key)
  const row: StepRecord = {
    ...key,
    state: 'started',
    startedAt: Date.now(),
    endedAt: null,
    tries: (before?.tries ?? 0) + 1,
    progress: null,
    error: null,
    output: null,
  }
  saveStep(run.deps.db, row)
  return row
}

function finish(run: Run, row: StepRecord, end: { output: unknown } | { error: unknown }): void {
  const now = readStep(run.deps.db, row) ?? row
  const endedAt = Date.now()
  if ('output' in end) saveStep(run.deps.db, { ...now, state: 'done', endedAt, output: end.output })
  else saveStep(run.deps.db, { ...now, state: 'failed', endedAt, error: errorDataOf(end.error) })
}

function mark(run: Run, key: StepKey, state: StepRecord['state']): void {
  const row = readStep(run.deps.db, key)
  if (row) saveStep(run.deps.db, { ...row, state })
}

function contextOf(
  run: Run,
  step: AnyStep,
  row: StepRecord,
  attempt: Attempt,
  node: Node | null,
  signal: AbortSignal,
): StepContext {
  const { deps, operationId } = run
  const operation = current(deps, operationId)
  const { place, cluster, nodes } = deps.subject(operation.clusterId)
  let reportedAt = 0
  return {
    installationId: deps.installationId,
    operationId,
    place,
    cluster,
    nodes,
    targets: targetsOf(operation, nodes),
    node,
    attempt: { number: attempt.number, candidate: attempt.candidate },
    output: (earlier) => {
      const key = { operationId, attempt: earlier.scope === 'cluster' ? 0 : attempt.number, name: earlier.name }
      const record = readStep(deps.db, { ...key, nodeId: earlier.scope === 'node' ? (node?.id ?? '') : '' })
      return earlier.output.parse(record?.output)
    },
    saveNode: deps.saveNode,
    changeRay: (change) => deps.changeRay(operation.clusterId, change),
    transport: (to) => pointed(deps.transport(to), `${operation.kind}/${step.name}`, deps.atPoint),
    signal,
    report: (progress) => {
      if (Date.now() - reportedAt < PROGRESS_EVERY_MS) return
      reportedAt = Date.now()
      const now = readStep(deps.db, row)
      if (now?.state === 'started') saveStep(deps.db, { ...now, progress })
    },
    log: (text) => deps.log(operationId, { at: Date.now(), step: step.name, nodeId: node?.id ?? null, text }),
  }
}

/** The transport with a point around each effect that a step has by it. */
function pointed(transport: Transport, name: string, atPoint: RunDeps['atPoint']): Transport {
  if (!atPoint) return transport
  return {
    ...transport,
    exec: async (argv, options) => {
      atPoint(`${name}/exec`)
      const process = await transport.exec(argv, options)
      return {
        ...process,
        exit: process.exit.then((exit) => {
          atPoint(`${name}/exec-ended`)
          return exit
        }),
      }
    },
  }
}

/** A signal that ends with any of the given ones or after the time, and a way to stop waiting for work that ignores it. */
function limited(timeout_s: number, where: string, halt: AbortSignal, cancel?: AbortSignal) {
  const ends = cancel ? [halt, cancel] : [halt]
  const controller = new AbortController()
  const stop = () => controller.abort()
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    stop()
  }, timeout_s * 1000)
  for (const end of ends) {
    if (end.aborted) stop()
    end.addEventListener('abort', stop)
  }
  const timeout = () =>
    new StyxError({
      code: 'step.timeout',
      what: 'This took too long',
      where,
      why: `It was not done after ${timeout_s} s.`,
      suggestion: 'Look at its log for what it waited for, then retry.',
    })
  return {
    signal: controller.signal,
    /** What to show for an error thrown under this limit: the time-out or the cancel where that was the cause. */
    reason: (error: unknown) => (timedOut ? timeout() : cancel?.aborted ? new StyxError(cancelled()) : error),
    race: <T>(work: Promise<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        work.then(resolve, reject)
        // 3 s for the work to end by itself once the signal told it so; then it is left behind.
        controller.signal.addEventListener('abort', () => setTimeout(() => reject(new Error('aborted')), 3000).unref(), {
          once: true,
        })
      }),
    clear: () => {
      clearTimeout(timer)
      for (const end of ends) end.removeEventListener('abort', stop)
    },
  }
}
