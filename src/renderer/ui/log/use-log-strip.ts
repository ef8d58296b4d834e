import { type RefObject, useEffect, useRef, useState } from 'react'
import type { LogInfo, LogStripRow, LogView } from '../../../shared/log.ts'
import { api } from '../../rpc/connection.ts'
import { stripRows } from './log-strip.tsx'

/** How soon it is seen that there are more lines … */
const LOOK_MS = 300
/** … and how long a picture of a log that grows is good enough. */
const AGAIN_MS = 3000

/** What the lines of a view look like from afar, as fine as the element is high; looked at again while they become more. Null: not known yet. */
export function useLogStrip(view: LogView, info: LogInfo | null, box: RefObject<HTMLElement | null>): LogStripRow[] | null {
  const [strip, setStrip] = useState<LogStripRow[] | null>(null)
  const key = JSON.stringify(view)
  const lines = useRef(0)
  lines.current = info?.lines ?? 0
  useEffect(() => {
    setStrip(null)
    const stop = new AbortController()
    let timer: ReturnType<typeof setTimeout>
    let seen = 0
    async function look() {
      const height_px = box.current?.clientHeight ?? 0
      const now = lines.current
      const changed = now !== seen && height_px > 0
      if (changed) {
        const rows = stripRows(height_px)
        // A picture beside the text: without it nothing is lost, and the log says itself when it cannot be read.
        const read = await api.logs.strip({ ...(JSON.parse(key) as LogView), rows }, { signal: stop.signal }).catch(() => null)
        if (stop.signal.aborted) return
        setStrip(read)
        seen = now
      }
      timer = setTimeout(look, changed ? AGAIN_MS : LOOK_MS)
    }
    void look()
    return () => {
      stop.abort()
      clearTimeout(timer)
    }
  }, [key, box])
  return strip
}
