import type { LogQuery } from '../../../shared/log.ts'

/** Where a query matches in a text, in columns. */
export type Range = { from: number; to: number }

/** So many marks in a line are enough for any eye. */
const RANGES_MOST = 200

/** What the query is as an expression of this browser. @throws SyntaxError for one that is none */
export function expressionOf({ text, regex, caseSensitive }: LogQuery): RegExp {
  const source = regex ? text : text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
  const flags = caseSensitive ? 'g' : 'gi'
  try {
    return new RegExp(source, regex ? `${flags}u` : flags)
  } catch (error) {
    if (!regex) throw error
    return new RegExp(source, flags)
  }
}

/** What is wrong with it, in the browser's words; null: nothing. */
export function queryProblem(query: LogQuery): string | null {
  try {
    expressionOf(query)
    return null
  } catch (error) {
    return (error as Error).message.replace(/^Invalid regular expression: /, '')
  }
}

/** Every match that has a length. An expression of the user may take for ever: not on the page's own thread. */
export function rangesIn(text: string, expression: RegExp): Range[] {
  const ranges: Range[] = []
  for (const match of text.matchAll(expression)) {
    if (match[0] !== '') ranges.push({ from: match.index, to: match.index + match[0].length })
    if (ranges.length >= RANGES_MOST) break
  }
  return ranges
}

/** Of sorted line numbers: the first at or after `n`; their count when there is none. */
export function hitAtOrAfter(hits: readonly number[], n: number): number {
  let low = 0
  let high = hits.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (hits[middle]! < n) low = middle + 1
    else high = middle
  }
  return low
}

export const isHit = (hits: readonly number[], n: number): boolean => hits[hitAtOrAfter(hits, n)] === n
