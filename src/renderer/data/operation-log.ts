import { useEffect, useState } from 'react'
import { type LogLine, stepOfStream } from '../../shared/log.ts'
import { api, follow, toErrorData } from '../rpc/connection.ts'

/** Of a longer log the screen keeps the end. */
const LINES_KEPT = 5000
const LINES_A_CALL = 2000

/** Something that a step said. */
export type OperationLine = { at: number; step: string; nodeId: string | null; text: string }
type OperationLog = { lines: OperationLine[]; problem: string | null }

/** The lines of an operation's log so far, growing while it goes on. `problem`: why they cannot be read. */
export function useOperationLog(operationId: string, goesOn: boolean): OperationLog {
  const [log, setLog] = useState<OperationLog>({ lines: [], problem: null })
  useEffect(() => {
    const ended = new AbortController()
    const view = { log: `operation:${operationId}`, streams: null }
    let lines: OperationLine[] = []
    let next = 0
    let known = 0
    let live = true
    let reading = false
    const readOn = async () => {
      if (reading) return
      reading = true
      try {
        for (next = Math.max(next, known - LINES_KEPT); next < known && !ended.signal.aborted; ) {
          const more = await api.logs.lines({ ...view, from: next, count: LINES_A_CALL }, { signal: ended.signal })
          if (more.length === 0) break
          next = more.at(-1)!.n + 1
          lines = [...lines, ...more.map(operationLine)].slice(-LINES_KEPT)
          setLog({ lines, problem: null })
        }
      } catch (error) {
        if (!ended.signal.aborted) setLog({ lines, problem: toErrorData(error).what })
      } finally {
        reading = false
        if (!live) ended.abort() // after its end there is nothing to follow
      }
    }
    follow(
      (signal) => api.logs.follow(view, { signal }),
      (info) => {
        known = info.lines
        live = info.live
        void readOn()
      },
      ended.signal,
    )
    return () => ended.abort()
  }, [operationId, goesOn])
  return log
}

const operationLine = ({ at, stream, text }: LogLine): OperationLine => ({ at, ...stepOfStream(stream), text })
