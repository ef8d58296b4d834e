import fc from 'fast-check'
import { expect, test } from 'vitest'
import { endTop, inSight, isAtEnd, moved, type Rows, showing } from './scroll.ts'

const even = (count: number, first = 0): Rows => ({ first, count, height: () => 18 })
const VIEW = 500

test('ten million rows are reached to the pixel', () => {
  const rows = even(10_000_000)
  const end = endTop(rows, VIEW)
  expect(end).toEqual({ n: 9_999_972, px: 4 })
  expect(isAtEnd(end, rows, VIEW)).toBe(true)
  const up = moved(end, -18 * 9_999_000 - 4, rows, VIEW)
  expect(up).toEqual({ n: 972, px: 0 })
  expect(isAtEnd(up, rows, VIEW)).toBe(false)
  expect(moved(up, -1e9, rows, VIEW)).toEqual({ n: 0, px: 0 })
  expect(moved(up, 1e9, rows, VIEW)).toEqual(end)
})

test('a log that fits stays where it is', () => {
  const rows = even(3)
  expect(endTop(rows, VIEW)).toEqual({ n: 0, px: 0 })
  expect(moved({ n: 0, px: 0 }, 100, rows, VIEW)).toEqual({ n: 0, px: 0 })
  expect(isAtEnd({ n: 0, px: 0 }, rows, VIEW)).toBe(true)
  expect(inSight({ n: 0, px: 0 }, rows, VIEW)).toEqual({ from: 0, to: 3 })
})

test('nothing at all', () => {
  const rows = even(0)
  expect(endTop(rows, VIEW)).toEqual({ n: 0, px: 0 })
  expect(moved({ n: 0, px: 0 }, 10, rows, VIEW)).toEqual({ n: 0, px: 0 })
  expect(inSight({ n: 0, px: 0 }, rows, VIEW)).toEqual({ from: 0, to: 0 })
})

test('lines that went for the cap push the window down', () => {
  expect(moved({ n: 10, px: 7 }, 0, even(2000, 1000), VIEW)).toEqual({ n: 1000, px: 0 })
  expect(moved({ n: 1000, px: 0 }, -50, even(2000, 1000), VIEW)).toEqual({ n: 1000, px: 0 })
})

test('a line that is shown comes to the upper third, and one in sight moves nothing', () => {
  const rows = even(1000)
  expect(showing(500, { n: 0, px: 0 }, rows, VIEW)).toEqual({ n: 490, px: 14 })
  expect(showing(5, { n: 0, px: 0 }, rows, VIEW)).toEqual({ n: 0, px: 0 })
  expect(showing(999, { n: 0, px: 0 }, rows, VIEW)).toEqual(endTop(rows, VIEW))
  expect(showing(0, { n: 500, px: 0 }, rows, VIEW)).toEqual({ n: 0, px: 0 })
})

test('rows of any height: there and back again, and never out of bounds', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 60 }),
      fc.array(fc.integer({ min: -3000, max: 3000 }), { maxLength: 20 }),
      (heights, moves) => {
        const rows: Rows = { first: 0, count: heights.length, height: (n) => heights[n]! }
        const total = heights.reduce((sum, height) => sum + height, 0)
        let top = { n: 0, px: 0 }
        let at = 0
        for (const by of moves) {
          top = moved(top, by, rows, VIEW)
          at = Math.max(0, Math.min(Math.max(0, total - VIEW), at + by))
          const above = heights.slice(0, top.n).reduce((sum, height) => sum + height, 0)
          expect(above + top.px).toBe(at)
          expect(top.px).toBeLessThanOrEqual(heights[top.n]!)
        }
      },
    ),
  )
})
