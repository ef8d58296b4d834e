import { pause } from './pause.ts'
import { backoff, type Connection } from './reconnect.ts'

/** See `follow` in connection.ts. A stream that fails while the connection stands is opened again after a growing pause. */
export async function followStream<T>(
  connection: Connection,
  open: (signal: AbortSignal) => Promise<AsyncIterable<T>>,
  onMessage: (message: T) => void,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    try {
      await connection.opened(signal)
      for await (const message of await open(signal)) {
        failures = 0
        tell(onMessage, message)
      }
    } catch {
      // Why the connection was lost is shown by its state; a stream that the engine ended is opened again all the same.
    }
    if (signal.aborted || connection.state().is !== 'open') continue
    failures += 1
    await pause(backoff(failures), signal)
  }
}

/** A fault in what listens must not end the stream. */
function tell<T>(listener: (message: T) => void, message: T) {
  try {
    listener(message)
  } catch (error) {
    reportError(error)
  }
}
