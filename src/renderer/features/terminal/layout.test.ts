import { expect, test } from 'vitest'
import { layoutOf } from './layout.ts'

test.each([
  [1, 1200, 280, { columns: 1, rows: 1, perPage: 1 }],
  [2, 1200, 280, { columns: 2, rows: 1, perPage: 2 }],
  [4, 1200, 420, { columns: 2, rows: 2, perPage: 4 }],
  [8, 1200, 420, { columns: 3, rows: 3, perPage: 8 }],
  [16, 1200, 420, { columns: 3, rows: 3, perPage: 9 }],
  [16, 2560, 900, { columns: 6, rows: 2, perPage: 12 }],
  [4, 200, 60, { columns: 1, rows: 1, perPage: 1 }],
])('%d panes in %d × %d px', (count, width, height, layout) => {
  expect(layoutOf(count, width, height)).toEqual(layout)
})
