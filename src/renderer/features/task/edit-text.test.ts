import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseTasks } from '../../../shared/task/parse.ts'
import { difference, removeKey, setValue, type TextChange, written } from './edit-text.ts'
import { linesOf, outlineOf } from './outline.ts'

const SAMPLE = `# Fine-tune
name: finetune-8b   # short

resources:
  # cheap first
  infra: aws
  accelerators: H100:8

envs: {A: "1", B: two}   # two of them

run: |
  one
  two   # not a comment

# the end
`

const applied = (text: string, { from, to, insert }: TextChange) => text.slice(0, from) + insert + text.slice(to)
const set = (text: string, path: string[], value: string) => applied(text, setValue(outlineOf(text, 0)!, path, value)!)
const remove = (text: string, path: string[]) => applied(text, removeKey(outlineOf(text, 0)!, path)!)

test('a value changes, and nothing else', () => {
  expect(set(SAMPLE, ['name'], 'x')).toBe(SAMPLE.replace('finetune-8b', 'x'))
  expect(set(SAMPLE, ['resources', 'accelerators'], 'A100:4')).toBe(SAMPLE.replace('H100:8', 'A100:4'))
  expect(set(SAMPLE, ['envs', 'A'], '2')).toBe(SAMPLE.replace('"1"', '2'))
  expect(set(SAMPLE, ['run'], written('a\nb\n'))).toBe(SAMPLE.replace('|\n  one\n  two   # not a comment', '|\n  a\n  b'))
  expect(set('name:\nrun: x\n', ['name'], 'a')).toBe('name: a\nrun: x\n')
  expect(set('name:   # soon\nrun: x\n', ['name'], 'a')).toBe('name: a   # soon\nrun: x\n')
})

test('a new key stands where the schema has it', () => {
  expect(set(SAMPLE, ['num_nodes'], '2')).toBe(SAMPLE.replace('# short\n', '# short\nnum_nodes: 2\n'))
  expect(set(SAMPLE, ['resources', 'cpus'], '8+')).toBe(SAMPLE.replace('H100:8\n', 'H100:8\n  cpus: 8+\n'))
  expect(set(SAMPLE, ['envs', 'C'], 'three')).toBe(SAMPLE.replace('B: two', 'B: two, C: three'))
  expect(set(SAMPLE, ['secrets', 'T'], 'null')).toBe(SAMPLE.replace('two of them\n', 'two of them\n\nsecrets:\n  T: null\n'))
  expect(set('run: x\n', ['name'], 'a')).toBe('name: a\nrun: x\n')
  expect(set('', ['name'], 'a')).toBe('name: a\n')
  expect(set('# only\n', ['resources', 'cpus'], '2')).toBe('# only\nresources:\n  cpus: 2\n')
  expect(set('name: a', ['run'], 'x')).toBe('name: a\nrun: x\n')
  expect(set('envs:\nrun: x\n', ['envs', 'A'], '1')).toBe('envs:\n  A: 1\nrun: x\n')
  expect(set('resources: {}\nrun: x\n', ['resources', 'cpus'], '1')).toBe('resources: {cpus: 1}\nrun: x\n')
})

test('a key goes with its line, and the map with its last key', () => {
  expect(remove(SAMPLE, ['name'])).toBe(SAMPLE.replace('name: finetune-8b   # short\n', ''))
  expect(remove(SAMPLE, ['envs', 'A'])).toBe(SAMPLE.replace('A: "1", ', ''))
  expect(remove(SAMPLE, ['envs', 'B'])).toBe(SAMPLE.replace(', B: two', ''))
  expect(remove(SAMPLE, ['run'])).toBe(SAMPLE.replace(/run: \|\n.*\n.*\n/, ''))
  expect(remove('resources:\n  cpus: 1\nrun: x\n', ['resources', 'cpus'])).toBe('run: x\n')
})

test('what stands in the way is said', () => {
  expect(setValue(outlineOf('resources: 5\n', 0)!, ['resources', 'cpus'], '1')).toBeNull()
  expect(removeKey(outlineOf('run: x\n', 0)!, ['name'])).toBeNull()
  expect(outlineOf('run: "x\n', 0)).toBeNull()
  expect(outlineOf('- a\n', 0)).toBeNull()
})

test('the second document is found by where it begins', () => {
  const text = 'name: a\nrun: x\n---\nname: b\nrun: y\n'
  const second = parseTasks(text).tasks[1]!
  expect(applied(text, setValue(outlineOf(text, second.from)!, ['name'], 'c')!)).toBe(text.replace('name: b', 'name: c'))
})

test('lines are counted from 1', () => {
  const outline = outlineOf(SAMPLE, 0)!
  expect(linesOf(outline, ['name'])).toEqual([2, 2])
  expect(linesOf(outline, ['resources', 'accelerators'])).toEqual([7, 7])
  expect(linesOf(outline, ['run'])).toEqual([11, 13])
  expect(linesOf(outline, ['setup'])).toBeNull()
})

test('any text that is written is read again as it was', () => {
  const texts = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.constantFrom('yes', 'null', '~', '1e3', '0x10', '1_000', '12:30', '- a', '*a', 'a: b', ' a', 'a ', '#a', 'a #b', '{', '"'),
  )
  fc.assert(
    fc.property(
      texts.filter((text) => !/[\n\r\u0000-\u0008\u000b-\u001f]/.test(text)),
      fc.constantFrom(SAMPLE, 'run: x\n', ''),
      (value, text) => {
        const { tasks } = parseTasks(set(text, ['envs', 'NEW'], written(value)))
        expect(tasks[0]!.task.envs.NEW).toBe(value)
      },
    ),
    { numRuns: 500 },
  )
})

test('a text becomes another by the smallest change of one piece', () => {
  expect(difference('abc', 'abc')).toEqual({ from: 3, to: 3, insert: '' })
  expect(difference('aXc', 'aYYc')).toEqual({ from: 1, to: 2, insert: 'YY' })
  fc.assert(fc.property(fc.string(), fc.string(), (old, text) => void expect(applied(old, difference(old, text))).toBe(text)))
})
