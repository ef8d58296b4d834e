import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { OperationLogLine } from '../../shared/operation.ts'
import type { ByteReader } from '../byte-stream.ts'
import { type ByteLog, openByteLog } from '../storage/byte-log.ts'

/** A log of one operation is short; one that is not is a step that went wild. */
const MAX_BYTES = 4 * 1024 * 1024

/** The logs of operations, a JSON line for each thing said (`operationLogLine`). They stay after the cluster is gone. */
export type OperationLogs = {
  append(operationId: string, line: OperationLogLine): void
  /** Nothing more will be said: readers end once they have read all. */
  end(operationId: string): void
  /** `live`: the operation runs, so the reader waits for more; else it ends where the log does. */
  reader(operationId: string, offset: number, live: boolean): Promise<ByteReader>
  /** Deletes the logs of operations whose cluster is forgotten. */
  remove(operationIds: string[]): void
  close(): Promise<void>
}

/** Keeps them in a folder each under `folder`. */
export function createOperationLogs(folder: string): OperationLogs {
  const open = new Map<string, Promise<ByteLog>>()
  const openLog = (operationId: string) => openByteLog({ folder: join(folder, operationId), maxBytes: MAX_BYTES })
  const liveLog = (operationId: string) => {
    const log = open.get(operationId) ?? openLog(operationId)
    open.set(operationId, log)
    return log
  }
  return {
    append: (operationId, line) => {
      // A log that cannot be opened must not end the operation: its rows and events still tell what happened.
      void liveLog(operationId).then(
        (one) => one.appendText(`${JSON.stringify(line)}\n`),
        () => {},
      )
    },
    end: (operationId) => {
      const log = open.get(operationId)
      // Forgotten only once it is on the disk: whoever asks before reads this one, which has it all.
      void log
        ?.then((one) => one.close())
        .catch(() => {})
        .finally(() => {
          if (open.get(operationId) === log) open.delete(operationId)
        })
    },
    reader: async (operationId, offset, live) => {
      if (live || open.has(operationId)) return (await liveLog(operationId)).reader(offset)
      const ended = await openLog(operationId)
      await ended.close()
      return ended.reader(offset)
    },
    remove: (operationIds) => {
      for (const id of operationIds) void rm(join(folder, id), { recursive: true, force: true }).catch(() => {}) // a rest harms nobody
    },
    close: async () => {
      const all = [...open.values()]
      open.clear()
      await Promise.allSettled(all.map(async (log) => (await log).close()))
    },
  }
}
