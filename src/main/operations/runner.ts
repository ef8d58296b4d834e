import { setTimeout as sleep } from 'node:timers/promises'
import { errorDataOf, StyxError } from '../../shared/error.ts'
import { saveOperation } from '../storage/operation-records.ts'
import { runOperation } from './run.ts'
import { current, type RunDeps } from './running.ts'

/** Until an operation that could not even be written (a full disk) is gone on with. */
const AGAIN_AFTER_MS = 5_000

/** The operations that run now, one for each cluster at most. */
export type Runner = {
  /** Runs it in the background from wherever its rows say it is. What runs for the same cluster is halted first. */
  start(operationId: string): void
  /** The user's cancel is written: what runs now ends, and the operation goes on by what is written. */
  cancel(operationId: string): void
  /** Pauses what runs for a cluster. Resolves once it is at rest. */
  halt(clusterId: string): Promise<void>
  /** Pauses all. Resolves once nothing runs. */
  close(): Promise<void>
}

/** A {@link Runner}. */
export function createRunner(deps: RunDeps): Runner {
  type Running = { operationId: string; halt: AbortController; cancel: AbortController; ended: Promise<void> }
  const running = new Map<string, Running>()

  const start = (operationId: string): void => {
    const { clusterId } = current(deps, operationId)
    const halt = new AbortController()
    const cancel = new AbortController()
    const earlier = running.get(clusterId) // pre-empted: it ends first
    earlier?.halt.abort()
    const before = earlier?.ended ?? Promise.resolve()
    const ended = before
      .then(() => runToRest(deps, operationId, { halt: halt.signal, cancel: cancel.signal }))
      .finally(() => {
        if (running.get(clusterId)?.operationId === operationId) running.delete(clusterId)
      })
    running.set(clusterId, { operationId, halt, cancel, ended })
  }

  return {
    start,
    cancel: (operationId) => {
      for (const one of running.values()) if (one.operationId === operationId) one.cancel.abort()
    },
    halt: async (clusterId) => {
      const one = running.get(clusterId)
      one?.halt.abort()
      await one?.ended
    },
    close: async () => {
      const all = [...running.values()]
      for (const one of all) one.halt.abort()
      await Promise.all(all.map((one) => one.ended))
    },
  }
}

/** Never rejects: an error outside any step is written as the operation's own, or the operation is tried again. */
async function runToRest(deps: RunDeps, operationId: string, signals: { halt: AbortSignal; cancel: AbortSignal }): Promise<void> {
  while (!signals.halt.aborted)
    try {
      return await runOperation(deps, operationId, signals)
    } catch (error) {
      if (signals.halt.aborted) return
      const passing = error instanceof StyxError && error.data.retryable
      if (!passing && fail(deps, operationId, error)) return
      await sleep(AGAIN_AFTER_MS, undefined, { signal: signals.halt }).catch(() => {})
    }
}

/** False: not even that could be written. */
function fail(deps: RunDeps, operationId: string, error: unknown): boolean {
  try {
    deps.db.transaction(() => {
      const data = errorDataOf(error)
      const operation = current(deps, operationId)
      saveOperation(deps.db, { ...operation, state: 'failed', error: data, endedAt: Date.now() })
      deps.onOutcome(operation, { is: 'failed', error: data, holds: true })
    })
    return true
  } catch {
    return false
  }
}
