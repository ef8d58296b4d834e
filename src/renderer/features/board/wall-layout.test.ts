import fc from 'fast-check'
import { expect, test } from 'vitest'
import { moved, placeAt, placeBox, type WallPlace, wallLayout } from './wall-layout.ts'

const tile = (nodes: number, cells: number) => ({ rows: Array.from({ length: nodes }, () => ({ cells })) })
const crowd = Array.from({ length: 100 }, () => tile(8, 8))

test('few clusters are large, a hundred are small, and what fits does not scroll', () => {
  const one = wallLayout([tile(1, 8)], 1188, 760)
  expect(one.cell_px).toBe(20)
  const many = wallLayout(crowd, 1188, 760)
  expect(many).toMatchObject({ columns: 10, cell_px: 7 })
  expect(many.height_px).toBeGreaterThan(760)
  expect(wallLayout(crowd, 2308, 1300).height_px).toBeLessThanOrEqual(1300)
})

test('a screen without width is no fault', () => {
  expect(wallLayout(crowd, 0, 0).columns).toBe(1)
  expect(wallLayout([], 1000, 1000).lines).toEqual([])
})

test('the keys walk cell by cell and over the edges of tiles', () => {
  const tiles = [tile(2, 4), tile(0, 0), tile(1, 2), tile(3, 3)]
  const layout = { ...wallLayout(tiles, 250, 10), columns: 2 }
  const walk = (at: WallPlace, ...keys: string[]) => keys.reduce((place, key) => moved(tiles, layout, place, key), at)
  const first = { tile: 0, row: 0, cell: 0 }
  expect(walk(first, 'ArrowLeft')).toEqual(first)
  expect(walk(first, 'ArrowUp')).toEqual(first)
  expect(walk(first, 'ArrowRight', 'ArrowDown')).toEqual({ tile: 0, row: 1, cell: 1 })
  // A tile of words has no cell to stand on.
  expect(walk({ tile: 0, row: 1, cell: 3 }, 'ArrowRight')).toEqual({ tile: 2, row: 0, cell: 0 })
  expect(walk({ tile: 0, row: 1, cell: 3 }, 'ArrowDown')).toEqual({ tile: 2, row: 0, cell: 1 })
  expect(walk({ tile: 2, row: 0, cell: 0 }, 'ArrowLeft')).toEqual({ tile: 0, row: 0, cell: 3 })
  expect(walk(first, 'End')).toEqual({ tile: 3, row: 0, cell: 0 })
  expect(walk({ tile: 3, row: 2, cell: 2 }, 'Home')).toEqual(first)
  expect(walk(first, 'x')).toEqual(first)
})

test('the middle of every cell is that cell', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 32 })), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 120, max: 2500 }),
      fc.nat(),
      fc.nat(),
      fc.nat(),
      (shapes, width, a, b, c) => {
        const tiles = shapes.map(([nodes, cells]) => tile(nodes, cells))
        const layout = wallLayout(tiles, width, 700)
        const at = { tile: a % tiles.length, row: b % 9, cell: c % 32 }
        const box = placeBox(tiles, layout, at)
        if (box) expect(placeAt(tiles, layout, box.x + box.width / 2, box.y + box.height / 2)).toEqual(at)
      },
    ),
  )
})
