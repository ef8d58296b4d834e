import type { LogLine } from '../../../shared/log.ts'

/** A place in the text: a line, and so many UTF-16 units of what is drawn of it before. */
export type Spot = { n: number; column: number }
/** From where it was begun to where it was drawn to, which may be before. */
export type Selection = { anchor: Spot; head: Spot }

export const isBefore = (a: Spot, b: Spot) => a.n < b.n || (a.n === b.n && a.column < b.column)

/** Its two ends in the order of the text. */
export const ends = ({ anchor, head }: Selection): { from: Spot; to: Spot } =>
  isBefore(head, anchor) ? { from: head, to: anchor } : { from: anchor, to: head }

/** Which part of a line is selected, in columns; null: none of it. A line that is selected to its end has `to` Infinity. */
export function selectedColumns(selection: Selection | null, n: number): { from: number; to: number } | null {
  if (!selection) return null
  const { from, to } = ends(selection)
  if (n < from.n || n > to.n) return null
  const part = { from: n === from.n ? from.column : 0, to: n === to.n ? to.column : Number.POSITIVE_INFINITY }
  return part.from < part.to ? part : null
}

/** The word at a column, as a double click takes it: what is of one kind there. */
export function wordAt(text: string, column: number): { from: number; to: number } {
  const at = Math.min(column, text.length - 1)
  if (at < 0) return { from: 0, to: 0 }
  const kind = kindOf(text[at]!)
  let from = at
  let to = at + 1
  while (from > 0 && kindOf(text[from - 1]!) === kind) from--
  while (to < text.length && kindOf(text[to]!) === kind) to++
  return { from, to }
}

const kindOf = (char: string) => (/[\p{L}\p{N}_./~:@%+-]/u.test(char) ? 'word' : /\s/.test(char) ? 'space' : 'sign')

/** What is put on the clipboard of some lines: text alone, pieces of one long line joined again. `text`: what is drawn of a line. */
export function selectedText(lines: readonly LogLine[], selection: Selection, text: (line: LogLine) => string): string {
  return lines
    .map((line, i) => {
      const part = selectedColumns(selection, line.n)
      const start = i === 0 || line.continues ? '' : '\n'
      return start + (part ? text(line).slice(part.from, part.to) : '')
    })
    .join('')
}
