import { expect, test } from 'vitest'
import { readWhere } from './when.ts'

const until = new Date(2026, 10, 24, 14, 2, 11).getTime()

test.each([
  ['19161', 19161],
  ['19,161', 19161],
  [' 7 ', 7],
])('%j is a line', (text, line) => {
  expect(readWhere(text, until)).toEqual({ line })
})

test.each([
  ['14:02', new Date(2026, 10, 24, 14, 2)],
  ['9:30', new Date(2026, 10, 24, 9, 30)],
  ['14:02:11', new Date(2026, 10, 24, 14, 2, 11)],
  ['14:02:10.5', new Date(2026, 10, 24, 14, 2, 10, 500)],
  ['23:00', new Date(2026, 10, 23, 23)],
  ['2026-11-01 23:00', new Date(2026, 10, 1, 23)],
  ['2026-11-24T23:00', new Date(2026, 10, 24, 23)],
])('%j is a time', (text, date) => {
  expect(readWhere(text, until)).toEqual({ at: date.getTime() })
})

test.each(['', 'soon', '25:00', '14:61', '14:02:60', '-3'])('%j is neither', (text) => {
  expect(readWhere(text, until)).toBe(null)
})
