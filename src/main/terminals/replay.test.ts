import { type ITerminalInitOnlyOptions, type ITerminalOptions, Terminal } from '@xterm/headless'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createReplay } from './replay.ts'

const SIZE: ITerminalOptions & ITerminalInitOnlyOptions = { cols: 40, rows: 10, allowProposedApi: true, scrollback: 0 }
const write = (terminal: Terminal, data: string | Uint8Array) => new Promise<void>((resolve) => terminal.write(data, resolve))

/** Everything of a terminal's state that a program can set and that a preamble must bring back. */
async function stateOf(terminal: Terminal) {
  const { modes } = terminal
  const screen = terminal.buffer.active.type
  await write(terminal, '\x1b[?6l\x1b[r\x1b[HX') // the probe, at the same place in whatever region and origin
  const cell = terminal.buffer.active.getLine(terminal.buffer.active.baseY)?.getCell(0)
  const cells = cell && {
    chars: cell.getChars(),
    flags: [
      cell.isBold(),
      cell.isDim(),
      cell.isItalic(),
      cell.isUnderline(),
      cell.isBlink(),
      cell.isInverse(),
      cell.isInvisible(),
    ],
    more: [cell.isStrikethrough(), cell.isOverline()],
    colour: [cell.getFgColorMode(), cell.getFgColor()],
    ground: [cell.getBgColorMode(), cell.getBgColor()],
  }
  return { modes, screen, cells }
}

const sgr = fc.oneof(
  fc.constantFrom(
    '0',
    '',
    '1',
    '2',
    '3',
    '4',
    '4:3',
    '4:0',
    '5',
    '7',
    '8',
    '9',
    '21',
    '22',
    '23',
    '24',
    '25',
    '27',
    '28',
    '29',
    '39',
    '49',
    '53',
    '55',
  ),
  fc.constantFrom('31', '97', '44', '103', '38;5;200', '48;5;17', '38;2;1;2;3', '48;2;9;8;7', '38:2::10:20:30', '48:5:99'),
)
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('plain text', 'grün 日本 🚀', '\r\n', '\n', '\x07', 'a\tb') },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.array(fc.constantFrom(1, 6, 7, 25, 45, 47, 66, 1000, 1002, 1003, 1004, 1006, 1047, 1048, 1049, 2004), {
          minLength: 1,
          maxLength: 2,
        }),
        fc.constantFrom('h', 'l'),
      )
      .map(([modes, final]) => `\x1b[?${modes.join(';')}${final}`),
  },
  { weight: 3, arbitrary: fc.array(sgr, { minLength: 1, maxLength: 3 }).map((list) => `\x1b[${list.join(';')}m`) },
  fc.constantFrom(
    '\x1b[4h',
    '\x1b[4l',
    '\x1b=',
    '\x1b>',
    '\x1bc',
    '\x1b[!p',
    '\x1b[2;5r',
    '\x1b[r',
    '\x1b[4 q',
    '\x1b(0',
    '\x1b(B',
  ),
  fc.constantFrom(
    '\x1b]0;a title with \x1b\\',
    '\x1b]7;file:///x\x07',
    '\x1bP$q"p\x1b\\',
    '\x1b_ignored \x07 \x1b\\',
    '\x1b[12',
    '\x1b',
    '\x1b[?25\x18',
  ),
  fc.constantFrom('\x1b[>0q', '\x1b[=5u', '\x1b[?1$p', '\x1b[38', '\x1b[\n1m', '\x1b[1;2H', '\x1b[2J'),
)

test('a reader that begins in the middle sees the terminal as one that saw it all, wherever the bytes were cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 60 }),
      fc.array(fc.nat(9), { minLength: 1, maxLength: 30 }),
      async (pieces, cuts) => {
        const bytes = Buffer.from(pieces.join(''))
        const replay = createReplay(0, { replay: 40, spacing: 10, force: 25 })
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const next = at + 1 + (cuts[i % cuts.length] as number)
          replay.scan(bytes.subarray(at, next))
          at = next
        }
        const { offset, preamble } = replay.begin(0)
        const [whole, part] = [new Terminal(SIZE), new Terminal(SIZE)]
        await write(whole, bytes)
        await write(part, preamble)
        await write(part, bytes.subarray(offset))
        // Closed, so that a sequence that is still open at the end does not swallow the probe.
        await Promise.all([write(whole, '\x18'), write(part, '\x18')])
        expect(await stateOf(part)).toEqual(await stateOf(whole))
      },
    ),
    { numRuns: 200 },
  )
})

test('it begins behind a line end, at most so far back as it may', () => {
  const replay = createReplay(0, { replay: 10_000, spacing: 500, force: 5000 })
  const line = Buffer.from(`${'x'.repeat(78)}\r\n`)
  for (let i = 0; i < 1000; i++) replay.scan(line)
  const { offset, preamble } = replay.begin(0)
  expect(offset % 80).toBe(0)
  expect(80_000 - offset).toBeLessThanOrEqual(10_000)
  expect(80_000 - offset).toBeGreaterThan(9_000)
  expect(preamble.length).toBe(0)
  expect(replay.begin(79_000).offset).toBeGreaterThanOrEqual(79_000)
})

test('one endless line is cut between characters', () => {
  const text = Buffer.from('日'.repeat(20_000))
  const replay = createReplay(0, { replay: 10_000, spacing: 500, force: 5000 })
  for (let at = 0; at < text.length; at += 1000) replay.scan(text.subarray(at, at + 1000))
  const { offset } = replay.begin(0)
  expect(offset).toBeGreaterThan(50_000 - 5000)
  expect(text.subarray(offset).toString()).not.toContain('\ufffd')
})
