import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseStamps, stamped } from './stamps.ts'

test('each stream has its own seconds; one in which it did not grow is not told', () => {
  const text = '1795574792 5 0\n1795574793 5 3\n1795574795 9 3\nrubbish\n'
  expect(parseStamps(text, 'out')).toEqual({ ends: [5, 9], at: [1795574792000, 1795574795000] })
  expect(parseStamps(text, 'err')).toEqual({ ends: [3], at: [1795574793000] })
})

test('bytes are cut where the second changes; what nobody noted is of now', () => {
  const stamps = { ends: [5, 9], at: [1000, 2000] }
  const parts = stamped(stamps, 3, Buffer.from('abcdefgh'), 7777)
  expect(parts.map((part) => [part.offset, Buffer.from(part.bytes).toString(), part.at])).toEqual([
    [3, 'ab', 1000],
    [5, 'cdef', 2000],
    [9, 'gh', 7777],
  ])
})

test('whatever the stamps: all bytes, in order, none empty, each of the first second by which it was there', () => {
  const stamps = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 })), { maxLength: 20 })
    .map((steps) => {
      let [end, at] = [0, 0]
      const made = { ends: [] as number[], at: [] as number[] }
      for (const [bytes, seconds] of steps) {
        end += bytes
        at += seconds
        made.ends.push(end)
        made.at.push(at)
      }
      return made
    })
  fc.assert(
    fc.property(stamps, fc.nat(300), fc.uint8Array({ maxLength: 300 }), (made, offset, bytes) => {
      const parts = stamped(made, offset, bytes, 1e6)
      expect(Buffer.concat(parts.map((part) => part.bytes))).toEqual(Buffer.from(bytes))
      let from = offset
      for (const part of parts) {
        expect(part.offset).toBe(from)
        expect(part.bytes.length).toBeGreaterThan(0)
        for (const end of [from + 1, from + part.bytes.length]) {
          const i = made.ends.findIndex((one) => one >= end)
          expect(part.at).toBe(made.at[i] ?? 1e6)
        }
        from += part.bytes.length
      }
    }),
  )
})
