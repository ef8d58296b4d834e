import { Terminal } from '@xterm/headless'
import type { Terminal as BrowserTerminal } from '@xterm/xterm'
import { expect, test } from 'vitest'
import { clipboardText, guard, safePaste, safeTitle } from './hostile.ts'

const base64 = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)))

test('a title is short plain text', () => {
  expect(safeTitle('vim  notes.md')).toBe('vim notes.md')
  expect(safeTitle('\x1b]0;x\x07<script>\u202egnp.exe\u200b\u2066')).toBe(']0;x <script> gnp.exe')
  expect([...safeTitle('🚀'.repeat(5000))].length).toBe(80)
  expect(safeTitle('\x00\u2029')).toBe('')
})

test('the clipboard takes text, is never read, and takes nothing without end', () => {
  expect(clipboardText(`c;${base64('grün')}`)).toBe('grün')
  expect(clipboardText(`;${base64('x')}`)).toBe('x')
  expect(clipboardText('c;?')).toBe(null)
  expect(clipboardText('c;')).toBe(null)
  expect(clipboardText('c;%%%')).toBe(null)
  expect(clipboardText(`c;${btoa('\xff\xfe')}`)).toBe(null)
  expect(clipboardText(`c;${btoa('x'.repeat(2_000_000))}`)).toBe(null)
})

test('pasted text cannot leave the bracketed paste', () => {
  expect(safePaste('echo a\n\techo b\r\n\x1b[201~rm -rf ~\x03\x9b')).toBe('echo a\n\techo b\r\n[201~rm -rf ~')
})

/** All that a terminal would type into the shell by itself while it shows this, and the titles it had. */
async function shown(output: string, clipboardWrite = false) {
  const terminal = new Terminal({ allowProposedApi: true, cols: 80, rows: 10 })
  const typed: string[] = []
  const titles: string[] = []
  terminal.onData((data) => typed.push(data))
  // The headless terminal has the same parser; what it lacks (a screen) the guard does not use.
  guard(terminal as unknown as BrowserTerminal, { clipboardWrite: () => clipboardWrite, onTitle: (title) => titles.push(title) })
  await new Promise<void>((resolve) => terminal.write(output, resolve))
  return { typed, titles }
}

test.each([
  ['title report', '\x1b]0;; rm -rf ~\n\x07\x1b[21t'],
  ['icon title report', '\x1b]1;evil\x07\x1b[20t'],
  ['window size and position reports', '\x1b[14t\x1b[13t\x1b[18t\x1b[19t\x1b[11t'],
  ['window changes', '\x1b[8;5;5t\x1b[3;0;0t\x1b[2t\x1b[9;1t'],
  ['status string echo', '\x1bP$qm\x1b\\\x1bP$q"p\x1b\\\x1bP$q; rm -rf ~\x1b\\'],
  ['terminfo query echo', '\x1bP+q726d202d7266\x1b\\'],
  ['clipboard read', '\x1b]52;c;?\x07'],
  ['palette and cursor colours', '\x1b]4;0;?\x07\x1b]4;1;?;2;?\x1b\\\x1b]12;?\x07'],
  ['answerback', '\x05'],
  ['file writes and other programs of iTerm', '\x1b]1337;File=name=eA==:eA==\x07\x1b]50;CursorShape=1\x07'],
])('%s is not answered', async (_what, output) => {
  expect((await shown(output)).typed).toEqual([])
})

test('a hostile title is shown as text, short', async () => {
  const { titles } = await shown(`\x1b]2;<img src=x onerror=alert(1)>${'A'.repeat(100_000)}\x07`)
  expect(titles).toHaveLength(1)
  expect(titles[0]).toHaveLength(80)
  expect(titles[0]).toMatch(/^<img src=x/)
})

test('what a program must be told is still answered: where the cursor is, what the terminal can', async () => {
  expect((await shown('\x1b[6n\x1b[c')).typed).toEqual(['\x1b[1;1R', '\x1b[?1;2c'])
})

test('40 kB in one line, and sequences that never end, are drawn and leave the terminal well', async () => {
  expect((await shown(`${'x'.repeat(40_000)}\x1b]0;${'t'.repeat(500_000)}`)).typed).toEqual([])
  expect((await shown(`\x1bP${'q'.repeat(500_000)}\x1b\\\x1b[${'1;'.repeat(100_000)}m\x1b[6n`)).typed).toEqual(['\x1b[1;1R'])
})
