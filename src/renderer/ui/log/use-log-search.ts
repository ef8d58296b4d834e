import { useEffect, useMemo, useRef, useState } from 'react'
import type { ErrorData } from '../../../shared/error.ts'
import type { LogQuery, LogView } from '../../../shared/log.ts'
import { api, toErrorData } from '../../rpc/connection.ts'
import { pause } from '../../rpc/pause.ts'
import { createHitMarks, type HitMarks } from './hit-marks.ts'
import { queryProblem } from './hits.ts'

/** Keys pressed one after the other are one question. */
const TYPING_MS = 120
/** A log that grows is searched again at most so often … */
const AGAIN_MS = 1500
/** … and takes at most one part in so many of a core. */
const REST = 8

export type LogHits = {
  /** Lines that match; more than are in `lines` where there are very many. */
  count: number
  lines: number[]
  /** 0–1. */
  searched: number
  done: boolean
  error: ErrorData | null
}

const NONE: LogHits = { count: 0, lines: [], searched: 0, done: false, error: null }

/**
 * Looks for a query in a log, again when the log has grown.
 * @param lines how many there are now
 */
export function useLogSearch(view: LogView, query: LogQuery, lines: number, onMarks: () => void) {
  const [hits, setHits] = useState<LogHits>(NONE)
  const problem = query.text === '' ? null : queryProblem(query)
  const active = query.text !== '' && problem === null
  const key = JSON.stringify({ view, query })
  const latest = useRef(lines)
  latest.current = lines

  useEffect(() => {
    setHits(NONE)
    if (!active) return
    const stop = new AbortController()
    void searchOn(JSON.parse(key), () => latest.current, setHits, stop.signal)
    return () => stop.abort()
  }, [key, active])

  const marked = useRef(onMarks)
  marked.current = onMarks
  const [marks, setMarks] = useState<HitMarks | null>(null)
  useEffect(() => {
    if (!active) return
    const made = createHitMarks((JSON.parse(key) as { query: LogQuery }).query, () => marked.current())
    setMarks(made)
    return () => {
      made.close()
      setMarks(null)
    }
  }, [key, active])

  return useMemo(() => ({ hits, problem, active, marks }), [hits, problem, active, marks])
}

async function searchOn(
  { view, query }: { view: LogView; query: LogQuery },
  linesNow: () => number,
  show: (hits: LogHits) => void,
  signal: AbortSignal,
): Promise<void> {
  await pause(TYPING_MS, signal)
  let shown = NONE
  while (!signal.aborted) {
    const lines = linesNow()
    const from = performance.now()
    const first = !shown.done
    try {
      let found: number[] = []
      for await (const message of await api.logs.search({ ...view, query }, { signal })) {
        found = found.concat(message.hits)
        const now = { count: message.count, lines: found, searched: message.searched, done: message.done, error: null }
        // While it is searched again the old hits stay: they are all among the new ones.
        if (!first && !message.done) continue
        shown = now
        show(now)
      }
    } catch (error) {
      if (signal.aborted) return
      show({ ...shown, done: true, error: toErrorData(error) })
      return
    }
    await pause(Math.max(AGAIN_MS, (performance.now() - from) * REST), signal)
    while (!signal.aborted && linesNow() === lines) await pause(AGAIN_MS, signal)
  }
}
