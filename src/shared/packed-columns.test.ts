import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eachPacked, packColumns } from './packed-columns.ts'

function unpack(bytes: Uint8Array, columns: number, rows: number): (number | null)[][] {
  const all = Array.from({ length: columns }, () => Array<number | null>(rows).fill(null))
  eachPacked(bytes, columns, (column, row, value) => {
    all[column]![row] = value
  })
  return all
}

const value = fc.option(
  fc.oneof(
    fc.integer({ min: -300, max: 300 }),
    fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    fc.integer({ min: -(2 ** 48), max: 2 ** 48 }),
  ),
)
const table = fc
  .tuple(fc.nat(6), fc.nat(70))
  .chain(([columns, rows]) =>
    fc.array(fc.array(value, { minLength: rows, maxLength: rows }), { minLength: columns, maxLength: columns }),
  )

test('property: what is unpacked is what was packed, in whole numbers', () => {
  fc.assert(
    fc.property(table, (columns) => {
      const whole = columns.map((column) => column.map((one) => (one === null ? null : Math.round(one) + 0)))
      expect(unpack(packColumns(columns), columns.length, columns[0]?.length ?? 0)).toEqual(whole)
    }),
  )
})

test('what is no number of ours is unknown', () => {
  expect(unpack(packColumns([[Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60, 7]]), 1, 4)).toEqual([[null, null, null, 7]])
})

test('a column that does not change takes a byte for each row', () => {
  expect(packColumns([Array(1000).fill(81_559)]).length).toBeLessThan(1010)
})

test('property: damaged bytes are refused or read, never endless and never outside of the columns', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(5), (bytes, columns) => {
      try {
        eachPacked(bytes, columns, (column, row) => {
          expect(column).toBeLessThan(columns)
          expect(row).toBeGreaterThanOrEqual(0)
        })
      } catch (error) {
        expect(error).toMatchObject({ data: { code: 'history.unreadable' } })
      }
    }),
  )
})
