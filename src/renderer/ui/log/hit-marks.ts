import type { LogQuery } from '../../../shared/log.ts'
import { expressionOf, type Range, rangesIn } from './hits.ts'

/** What an expression may take for all lines in sight. */
const LIMIT_MS = 500
const NONE: Range[] = []

/** Where the query matches within lines, for those that are asked for. */
export type HitMarks = {
  /** In a text; those of a regular expression come later, with {@link onMarks}. */
  ranges(text: string): Range[]
  close(): void
}

/**
 * Plain text is looked for at once, a regular expression in a worker that is ended when it takes too long: then whole lines are
 * marked, and nothing within them.
 */
export function createHitMarks(query: LogQuery, onMarks: () => void): HitMarks {
  if (!query.regex) {
    const expression = expressionOf(query)
    return { ranges: (text) => rangesIn(text, expression), close: () => {} }
  }
  const known = new Map<string, Range[]>()
  const asked = new Set<string>()
  let asking: string[] = []
  let limit: ReturnType<typeof setTimeout> | null = null
  let worker: Worker | null = new Worker(new URL('./hit-worker.ts', import.meta.url), { type: 'module' })
  const end = () => {
    worker?.terminate()
    worker = null
    if (limit !== null) clearTimeout(limit)
  }
  worker.addEventListener('error', end)
  worker.addEventListener('message', ({ data }: MessageEvent<Range[][]>) => {
    if (limit !== null) clearTimeout(limit)
    limit = null
    for (const [i, text] of asking.entries()) known.set(text, data[i] ?? NONE)
    asking = []
    askNext()
    onMarks()
  })
  function askNext() {
    if (!worker || asking.length > 0 || asked.size === 0) return
    asking = [...asked]
    asked.clear()
    limit = setTimeout(end, LIMIT_MS)
    worker.postMessage({ query, texts: asking })
  }
  return {
    ranges(text) {
      const ranges = known.get(text)
      if (ranges || !worker) return ranges ?? NONE
      if (known.size > 5000) known.clear()
      // All rows of a draw ask together.
      if (asked.size === 0) queueMicrotask(askNext)
      if (!asking.includes(text)) asked.add(text)
      return NONE
    },
    close: end,
  }
}
