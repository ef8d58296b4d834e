import { setTimeout as sleep } from 'node:timers/promises'
import { StyxError } from '../../shared/error.ts'

/** Waits between the tries of one step, ms. Long enough for a passing fault, short enough that nobody wonders. */
const WAITS_MS = [500, 2_000, 5_000]

/**
 * Runs `work` again after an error that calls itself retryable, with growing waits (±25 % jitter), at most three times.
 * `onWait` is told before each wait. The last error is thrown.
 */
export async function withRetry<T>(
  work: () => Promise<T>,
  options: { signal: AbortSignal; onWait: (error: StyxError, wait_ms: number) => void; waits_ms?: readonly number[] },
): Promise<T> {
  for (const wait of options.waits_ms ?? WAITS_MS)
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof StyxError) || !error.data.retryable || options.signal.aborted) throw error
      const wait_ms = Math.round(wait * (0.75 + Math.random() / 2))
      options.onWait(error, wait_ms)
      await sleep(wait_ms, undefined, { signal: options.signal })
    }
  return work()
}
