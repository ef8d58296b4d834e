import { expect, test } from 'vitest'
import { agoWords, durationWords, elapsedWords, expectedWords, whenWords } from './time.ts'

const s = 1000
const min = 60 * s
const h = 60 * min
const d = 24 * h

test.each([
  [0, '1 ms'],
  [41, '41 ms'],
  [94, '94 ms'],
  [95, '0.1 s'],
  [9_949, '9.9 s'],
  [9_950, '10 s'],
  [34 * s, '34 s'],
  [59_600, '1 min'],
  [75 * s, '1 min 15 s'],
  [2 * min, '2 min'],
  [59 * min + 59_400, '59 min 59 s'],
  [59 * min + 59_700, '1 h'],
  [6 * h + 31 * min, '6 h 31 min'],
  [d - 1000, '23 h 59 min'],
  [d - 1, '1 d'],
  [2 * d + 4 * h, '2 d 4 h'],
])('%i ms takes %s', (ms, words) => {
  expect(durationWords(ms)).toBe(words)
})

test('a running clock shows whole seconds and never runs backwards below nothing', () => {
  expect(elapsedWords(-500)).toBe('0 s')
  expect(elapsedWords(9_999)).toBe('9 s')
  expect(elapsedWords(41_800)).toBe('41 s')
  expect(elapsedWords(59_900)).toBe('59 s')
  expect(elapsedWords(h - 1)).toBe('59 min 59 s')
})

test('an age is said in one unit', () => {
  expect(agoWords(1000, 900)).toBe('now') // the engine's clock may be ahead of the browser's
  expect(agoWords(0, 2400)).toBe('now')
  expect(agoWords(0, 34 * s)).toBe('34 s ago')
  expect(agoWords(0, 59 * min)).toBe('59 min ago')
  expect(agoWords(0, 30 * h)).toBe('1 d ago')
})

test('what is expected is rounded as a guess is', () => {
  expect(expectedWords(0.2)).toBe('under 1 s')
  expect(expectedWords(31.4)).toBe('about 31 s')
  expect(expectedWords(98)).toBe('about 98 s')
  expect(expectedWords(104)).toBe('about 1 min 40 s')
})

test('an event of another day shows the day', () => {
  const noon = new Date(2026, 10, 24, 12, 5).getTime()
  expect(whenWords(noon, noon + h)).toBe('12:05')
  expect(whenWords(noon, noon + 2 * d)).toBe('24 Nov')
})
