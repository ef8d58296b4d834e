import { expect, test } from 'vitest'
import { keyOf } from './keys.ts'

test('cursor keys lose the modes of the terminal they were typed in', () => {
  expect(['\x1bOA', '\x1b[A', '\x1bOH', '\x1b[F'].map(keyOf)).toEqual(['A', 'A', 'H', 'F'].map((key) => ({ is: 'cursor', key })))
})

test('text, Tab, Ctrl-C and other keys go as they are', () => {
  for (const text of ['a', '日本', '\t', '\x03', '\x1b[3~', '\x1b[1;5C', '\x1bb', '\x1b'])
    expect(keyOf(text)).toEqual({ is: 'text', text })
})

test('nobody typed an answer, the mouse or the focus', () => {
  for (const data of [
    '\x1b[?1;2c',
    '\x1b[>0;276;0c',
    '\x1b[0n',
    '\x1b[12;40R',
    '\x1b[?2026;2$y',
    '\x1b[I',
    '\x1b[O',
    '\x1b[<0;3;4M',
  ])
    expect(keyOf(data)).toBe(null)
  for (const data of ['\x1b]11;rgb:0b0b/0e0e/1313\x1b\\', '\x1bP>|xterm.js(6.0.0)\x1b\\']) expect(keyOf(data)).toBe(null)
})
