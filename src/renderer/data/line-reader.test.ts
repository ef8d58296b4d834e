import { expect, test } from 'vitest'
import { createLineReader } from './line-reader.ts'

const line = (text: string) => JSON.stringify({ at: 1, step: 'probe', nodeId: null, text })
const bytes = (text: string) => new TextEncoder().encode(text)

test('lines come whole, wherever the chunks end, also inside a letter', () => {
  const all = bytes(`${line('größe')}\n${line('zwei')}\n`)
  for (let cut = 0; cut <= all.length; cut += 1) {
    const reader = createLineReader()
    const lines = [...reader.read(all.subarray(0, cut)), ...reader.read(all.subarray(cut))]
    expect(lines.map(({ text }) => text)).toEqual(['größe', 'zwei'])
  }
})

test('what is not a line of a log is shown as its own text', () => {
  expect(createLineReader().read(bytes('{"at":"soon"}\n'))).toEqual([{ at: 0, step: '', nodeId: null, text: '{"at":"soon"}' }])
})

test('a log that begins anew forgets half a line', () => {
  const reader = createLineReader()
  reader.read(bytes('{"at":1,'))
  reader.reset()
  expect(reader.read(bytes(`${line('new')}\n`)).map(({ text }) => text)).toEqual(['new'])
})
