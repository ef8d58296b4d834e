import { expect, test } from 'vitest'
import { memoryOf, memoryWords } from './memory-words.ts'

test('memory has its unit and no more digits than it deserves', () => {
  expect(memoryWords(512)).toBe('512 MiB')
  expect(memoryWords(65_536)).toBe('64 GiB')
  expect(memoryWords(24_064)).toBe('23.5 GiB')
  expect(memoryWords(24_064, 0)).toBe('24 GiB')
  expect(memoryWords(2 * 1024 * 1024)).toBe('2 TiB')
  expect(memoryWords(1000)).toBe('1 GiB') // never "1000 MiB" beside "1 GiB"
})

test('a part of a whole is in the unit of the whole', () => {
  expect(memoryOf(24_166, 65_536)).toBe('23.6 of 64 GiB')
  expect(memoryOf(600 * 1024, 2 * 1024 * 1024)).toBe('0.6 of 2 TiB')
})
