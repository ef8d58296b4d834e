import { useEffect, useState } from 'react'
import type { OperationLogLine } from '../../shared/operation.ts'
import { openBytes } from '../rpc/bytes.ts'
import { createLineReader } from './line-reader.ts'

const WINDOW_BYTES = 256 * 1024
/** Of a longer log the screen keeps the end. */
const LINES_KEPT = 5000

/** The lines of an operation's log so far, growing while it runs. `closed`: why nothing more comes, "" at its plain end, null while it goes on. */
export function useOperationLog(operationId: string): { lines: OperationLogLine[]; closed: string | null } {
  const [log, setLog] = useState<{ lines: OperationLogLine[]; closed: string | null }>({ lines: [], closed: null })
  useEffect(() => {
    const reader = createLineReader()
    let lines: OperationLogLine[] = []
    let frame = 0
    const show = (closed: string | null) => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => setLog({ lines, closed }))
    }
    const stream = openBytes(`operation-log:${operationId}`, {
      offset: 0,
      window_bytes: WINDOW_BYTES,
      onPreamble: () => {
        reader.reset()
        lines = []
        show(null)
      },
      onData: (bytes, _offset, done) => {
        lines = [...lines, ...reader.read(bytes)].slice(-LINES_KEPT)
        show(null)
        done()
      },
      onClose: show,
    })
    return () => {
      cancelAnimationFrame(frame)
      stream.close()
    }
  }, [operationId])
  return log
}
