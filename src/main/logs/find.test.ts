import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import loadWabt from 'wabt'
import { createFinder } from './find.ts'
import { FIND_WASM } from './find-wasm.ts'

test('find-wasm.ts is what find.wat says', async () => {
  const wabt = await loadWabt()
  const source = await readFile(join(import.meta.dirname, 'find.wat'), 'utf8')
  const { buffer } = wabt.parseWat('find.wat', source, { simd: true }).toBinary({})
  expect(FIND_WASM).toBe(Buffer.from(buffer).toString('base64'))
})

test('every place of a needle is found, and no other, with and without case', () => {
  const finder = createFinder(4096)
  const letters = fc.constantFrom(...'aAbB-\u001b0')
  const text = (max: number) => fc.array(letters, { minLength: 1, maxLength: max }).map((all) => all.join(''))
  fc.assert(
    fc.property(text(300), text(5), fc.boolean(), fc.nat(64), (hay, needle, caseSensitive, from) => {
      finder.look(Buffer.from(needle), caseSensitive, Buffer.from(hay))
      finder.memory.fill('a') // what lies behind the end must not matter
      finder.memory.write(hay)
      const places: number[] = []
      for (let at = finder.find(from, hay.length); at !== -1; at = finder.find(at + 1, hay.length)) places.push(at)
      const [plainHay, plainNeedle] = caseSensitive ? [hay, needle] : [hay.toLowerCase(), needle.toLowerCase()]
      const expected: number[] = []
      for (let at = plainHay.indexOf(plainNeedle, from); at !== -1; at = plainHay.indexOf(plainNeedle, at + 1)) expected.push(at)
      expect(places).toEqual(expected)
    }),
    { numRuns: 2000 },
  )
})
