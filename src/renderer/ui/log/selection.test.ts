import { expect, test } from 'vitest'
import type { LogLine } from '../../../shared/log.ts'
import { selectedColumns, selectedText, wordAt } from './selection.ts'

const lines = (...texts: string[]): LogLine[] =>
  texts.map((text, n) => ({ n, at: 0, stream: 'r0.out', text, continues: text.startsWith('…') }))
const text = (line: LogLine) => line.text

test('from the middle of one line to the middle of another, whichever way it was drawn', () => {
  const some = lines('first line', 'second', 'third line')
  const forth = { anchor: { n: 0, column: 6 }, head: { n: 2, column: 5 } }
  const back = { anchor: forth.head, head: forth.anchor }
  expect(selectedText(some, forth, text)).toBe('line\nsecond\nthird')
  expect(selectedText(some, back, text)).toBe('line\nsecond\nthird')
  expect(selectedColumns(forth, 1)).toEqual({ from: 0, to: Infinity })
  expect(selectedColumns(forth, 3)).toBe(null)
  expect(selectedColumns({ anchor: { n: 1, column: 2 }, head: { n: 1, column: 2 } }, 1)).toBe(null)
  expect(selectedColumns(null, 1)).toBe(null)
})

test('an empty line between is a line, and a long one in pieces is one', () => {
  const selection = { anchor: { n: 0, column: 0 }, head: { n: 3, column: 100 } }
  expect(selectedText(lines('a', '', 'long', '…er'), selection, text)).toBe('a\n\nlong…er')
})

test.each([
  ['loss 2.4114 at', 6, '2.4114'],
  ['open /tmp/a-b.txt now', 7, '/tmp/a-b.txt'],
  ['(x)', 0, '('],
  ['a  b', 2, '  '],
  ['grün', 3, 'grün'],
  ['end', 99, 'end'],
  ['', 0, ''],
])('the word in %j at %i is %j', (line, column, word) => {
  const { from, to } = wordAt(line, column)
  expect(line.slice(from, to)).toBe(word)
})
