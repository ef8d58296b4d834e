import { stepStream } from '../../shared/log.ts'

/** Something that a step says. */
export type OperationLine = { at: number; step: string; nodeId: string | null; text: string }

/** The logs of operations, a stream for each step and node. They stay after the cluster is gone. */
export type OperationLogs = {
  append(operationId: string, line: OperationLine): void
  /** Nothing more will be said. */
  end(operationId: string): void
  /** Deletes the logs of operations whose cluster is forgotten. */
  remove(operationIds: string[]): void
}

/** What they need of the log store. */
type Store = {
  write(log: string, stream: string, offset: null, bytes: Uint8Array, at: number): Promise<void>
  tellGap(log: string, words: string): Promise<void>
  end(log: string): Promise<void>
  remove(log: string): Promise<void>
}

/** A step does not wait for a disk that is full: beyond this what it says is lost. */
const WAITING_MAX_BYTES = 1024 * 1024

/** What the log does not take must not end an operation: its rows and events still tell what happened. */
const ignored = () => {}

/** Keeps them in the log store, each as `operation:ID`. */
export function createOperationLogs(store: Store): OperationLogs {
  let waiting = 0
  return {
    append: (operationId, { at, step, nodeId, text }) => {
      const bytes = Buffer.from(`${text}\n`)
      if (waiting + bytes.length > WAITING_MAX_BYTES) {
        store.tellGap(`operation:${operationId}`, 'Some lines were lost while the disk took none.').catch(ignored)
        return
      }
      waiting += bytes.length
      store
        .write(`operation:${operationId}`, stepStream(step, nodeId), null, bytes, at)
        .catch(ignored)
        .finally(() => {
          waiting -= bytes.length
        })
    },
    end: (operationId) => void store.end(`operation:${operationId}`).catch(ignored),
    remove: (operationIds) => {
      for (const id of operationIds) store.remove(`operation:${id}`).catch(ignored) // a rest harms nobody
    },
  }
}
