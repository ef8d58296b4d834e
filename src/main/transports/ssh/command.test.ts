import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findMark, loginShellCommand, parseStarted, startScript } from './command.ts'

const SHELLS = ['/bin/sh', '/bin/bash']

test('any argument, variable and folder passes through any POSIX shell as it is', () => {
  const text = fc.string({ unit: fc.constantFrom(...`'"\\!$\`\n\t *~#&;|<>(){}[]?%^=-aé🚀\r\x01`), maxLength: 40 })
  fc.assert(
    fc.property(fc.array(text, { maxLength: 4 }), text, fc.constantFrom(...SHELLS), (args, value, shell) => {
      const script = 'printf "%s\\0" "$STYX_VALUE" "$@"'
      const command = loginShellCommand(startScript('mark', ['sh', '-c', script, 'sh', ...args], { env: { STYX_VALUE: value } }))
      const said = execFileSync(shell, ['-c', command], { stdio: ['ignore', 'pipe', 'ignore'] }).toString()
      const [head, ...rest] = said.split('\n')
      expect(parseStarted(head!.replace('mark ', ''))?.is).toBe('ok')
      expect(rest.join('\n').split('\0').slice(0, -1)).toEqual([value, ...args])
    }),
    { numRuns: 40 },
  )
})

test('nothing but plain words in single quotes is left for the login shell', () => {
  const command = loginShellCommand(`it's \\ a "test"!\n${'x'.repeat(3_000)}é`)
  expect(command).toMatch(/^exec sh -c '[^'\\!\n]+' styx( '([ -&(-[\]-~]|\\0\d{3})*')+$/)
  expect(Math.max(...command.split(' ').map((word) => word.length))).toBeLessThan(1_000)
})

test('a variable’s name is never more than a name', () => {
  expect(() => startScript('m', ['true'], { env: { 'a; rm -rf /': 'x' } })).toThrow(TypeError)
})

test('a mark is found however it is cut, and what came before is kept apart', () => {
  const whole = Buffer.from('Welcome!\r\nstyx-1 ok 42\nthe output')
  for (let cut = 1; cut < whole.length; cut++) {
    const mark = findMark('styx-1')
    const found = mark.push(whole.subarray(0, cut)) ?? mark.push(whole.subarray(cut))
    const rest = Buffer.concat([found!.rest, cut >= 23 ? whole.subarray(cut) : Buffer.alloc(0)])
    expect([found!.line, rest.toString()]).toEqual(['ok 42', 'the output'])
    expect(mark.noise()).toMatch(/^Welcome!/)
  }
})

test('a flood before the mark is not kept', () => {
  const mark = findMark('styx-1')
  for (let i = 0; i < 1000; i++) expect(mark.push(Buffer.alloc(10_000, 'x'))).toBeNull()
  expect(mark.noise().length).toBeLessThanOrEqual(4096)
  expect(mark.push(Buffer.from('styx-1 no-folder\n'))?.line).toBe('no-folder')
})

test.each([
  ['ok 42', { is: 'ok', group: 42 }],
  ['no-folder', { is: 'no-folder' }],
  ['not-found /usr/bin:/bin', { is: 'not-found', path: '/usr/bin:/bin' }],
  ['forbidden /a b', { is: 'forbidden', file: '/a b' }],
  ['ok', null],
  ['ok 0', null],
  ['ok 42; rm', null],
  ['', null],
])('the first line %j', (line, started) => {
  expect(parseStarted(line)).toEqual(started)
})
