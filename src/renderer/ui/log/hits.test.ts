import { expect, test } from 'vitest'
import { expressionOf, hitAtOrAfter, isHit, queryProblem, rangesIn } from './hits.ts'

const found = (text: string, query: string, options: { regex?: boolean; caseSensitive?: boolean } = {}) =>
  rangesIn(text, expressionOf({ text: query, regex: false, caseSensitive: false, ...options })).map(({ from, to }) =>
    text.slice(from, to),
  )

test('plain text means itself', () => {
  expect(found('a.b a+b A.B', 'a.b')).toEqual(['a.b', 'A.B'])
  expect(found('a.b A.B', 'a.b', { caseSensitive: true })).toEqual(['a.b'])
  expect(found('cost $5 (ok) [x] {y} \\ / -', '$5 (ok) [x] {y} \\ / -')).toHaveLength(1)
})

test('a regular expression', () => {
  expect(found('slow, then a timeout', 'slow|time\\w+', { regex: true })).toEqual(['slow', 'timeout'])
  expect(found('aaa', 'x*', { regex: true })).toEqual([])
  // Not of the strict kind, but what people write.
  expect(found('a-b', '[\\w-]+\\-b|a\\-b', { regex: true })).toEqual(['a-b'])
})

test('what is no expression is said', () => {
  expect(queryProblem({ text: '(', regex: true, caseSensitive: false })).toContain('nterminated group')
  expect(queryProblem({ text: '(', regex: false, caseSensitive: false })).toBe(null)
})

test('a line of nothing but matches is marked up to a bound', () => {
  expect(found('x'.repeat(10_000), 'x')).toHaveLength(200)
})

test('the nearest hit', () => {
  const hits = [3, 5, 8]
  expect([0, 3, 4, 8, 9].map((n) => hitAtOrAfter(hits, n))).toEqual([0, 0, 1, 2, 3])
  expect([3, 4].map((n) => isHit(hits, n))).toEqual([true, false])
  expect(isHit([], 0)).toBe(false)
})
