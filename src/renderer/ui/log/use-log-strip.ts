import { type RefObject, useEffect, useRef, useState } from 'react'
import type { LogInfo, LogStripRow, LogView } from '../../../shared/log.ts'
import { api } from '../../rpc/connection.ts'
import { stripRows } from './log-strip.tsx'

/** A log that grows is looked at again at most so often. */
const AGAIN_MS = 3000

/** What the lines of a view look like from afar, as fine as the element is high; looked at again while they become more. Null: not known yet. */
export function useLogStrip(view: LogView, info: LogInfo | null, box: RefObject<HTMLElement | null>): LogStripRow[] | null {
  const [strip, setStrip] = useState<LogStripRow[] | null>(null)
  const key = JSON.stringify(view)
  const lines = info?.lines ?? 0
  const state = useRef({ lines: -1, key: '', at: 0 }).current
  useEffect(() => {
    if (state.key !== key) {
      Object.assign(state, { key, lines: -1, at: 0 })
      setStrip(null)
    }
    const rows = stripRows(box.current?.clientHeight ?? 0)
    if (lines === 0 || lines === state.lines) return
    const stop = new AbortController()
    const timer = setTimeout(
      async () => {
        Object.assign(state, { lines, at: Date.now() })
        // A picture beside the text: without it nothing is lost, and the log says itself when it cannot be read.
        const read = await api.logs.strip({ ...view, rows }, { signal: stop.signal }).catch(() => null)
        if (read && !stop.signal.aborted) setStrip(read)
      },
      Math.max(0, state.at + AGAIN_MS - Date.now()),
    )
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [key, lines])
  return strip
}
