import { expect, test } from 'vitest'
import { lineParts } from './ansi.ts'

const text = (printed: string) =>
  lineParts(printed)
    .map((part) => part.text)
    .join('')
const one = (printed: string) => lineParts(printed)[0]

test('plain text is one part, nothing is none', () => {
  expect(lineParts('step 1\tloss 2.5')).toEqual([{ text: 'step 1\tloss 2.5', ink: null, ground: null, style: '' }])
  expect(lineParts('')).toEqual([])
})

test('colours and styles, until they are reset', () => {
  expect(lineParts('\x1b[1;31mred\x1b[m plain \x1b[92;44;4mgreen\x1b[39;49;24m end')).toEqual([
    { text: 'red', ink: 'red', ground: null, style: 'bold' },
    { text: ' plain ', ink: null, ground: null, style: '' },
    { text: 'green', ink: 'brightGreen', ground: 'blue', style: 'underline' },
    { text: ' end', ink: null, ground: null, style: '' },
  ])
})

test.each([
  ['38;5;1', 'red'],
  ['38;5;9', 'brightRed'],
  ['38;5;16', '#000000'],
  ['38;5;208', '#ff8700'],
  ['38;5;231', '#ffffff'],
  ['38;5;232', '#080808'],
  ['38;5;255', '#eeeeee'],
  ['38;5;256', null],
  ['38;2;1;2;3', '#010203'],
  ['38;2;999;2;3', '#ff0203'],
  ['38:5:208', '#ff8700'],
  ['38:2:1:2:3', '#010203'],
  ['38:2::1:2:3', '#010203'],
  ['38', null],
  ['38;9;1', null],
  ['1;31;0', null],
  ['0;31', 'red'],
  [';31', 'red'],
  ['31;', null],
])('ESC[%sm is %s', (parameters, ink) => {
  expect(one(`\x1b[${parameters}mx`)?.ink).toBe(ink)
})

test('a colour is not cut by what follows it in one sequence', () => {
  expect(one('\x1b[38;5;208;1;48;2;9;9;9mx')).toEqual({ text: 'x', ink: '#ff8700', ground: '#090909', style: 'bold' })
})

test.each([
  ['a title', 'a\x1b]0;you are hacked\x07b', 'ab'],
  ['a link', 'a\x1b]8;;http://evil\x1b\\b\x1b]8;;\x1b\\c', 'abc'],
  ['the clipboard', '\x1b]52;c;cm0gLXJm\x07ok', 'ok'],
  ['moves and erasure', 'a\x1b[2J\x1b[H\x1b[10;10Hb\x1b[Kc', 'abc'],
  ['private modes', '\x1b[?1049h\x1b[?25lx\x1b[>c', 'x'],
  ['a device string', '\x1bP1$qm\x1b\\x', 'x'],
  ['eight-bit sequences', 'a\x9b31mb\x9d0;t\x9cc', 'abc'],
  ['a sequence that never ends', 'a\x1b]0;rest of the line', 'a0;rest of the line'],
  ['an escape alone', 'a\x1b', 'a'],
  ['an unfinished CSI', 'a\x1b[31', 'a31'],
  ['bells, backspaces and nulls', '\x07a\x08\x00b\x7f', 'ab'],
  ['text turned around', 'a\u202eb\u2066c', 'abc'],
  ['markup', '<b onclick=x>&amp;', '<b onclick=x>&amp;'],
  ['broken UTF-8', 'a\ufffdb', 'a\ufffdb'],
])('drops what is no colour: %s', (_, printed, shown) => {
  expect(text(printed)).toBe(shown)
})

test('hidden text is shown', () => {
  expect(lineParts('\x1b[8msecret')).toEqual([{ text: 'secret', ink: null, ground: null, style: '' }])
})

test('of a progress bar, what was drawn last', () => {
  expect(text('  1%\r 50%\r100%')).toBe('100%')
  expect(text('100%\r')).toBe('100%')
  expect(text('\r')).toBe('')
})

test('a hostile line takes no time', () => {
  const from = performance.now()
  for (const bad of ['\x1b]', '\x9d', '\x1b[', '\x1bP', '\x1b[31', '\x1b[38:', '\r']) text(bad.repeat(8000))
  expect(performance.now() - from).toBeLessThan(1000)
})
