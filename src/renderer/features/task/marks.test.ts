import { expect, test } from 'vitest'
import { parseTasks } from '../../../shared/task/parse.ts'
import { handedOver, markOf, missingValues, secretMarks, takenOut } from './marks.ts'

const TEXT = `envs: {A: null, B: one}
secrets:
  C: null
  D: in-the-text
run: x
`
const task = parseTasks(TEXT).tasks[0]!.task

test('what was left open is asked for, until it is given', () => {
  expect(missingValues(task, { envs: {}, secrets: {} })).toEqual([
    { of: 'envs', name: 'A' },
    { of: 'secrets', name: 'C' },
  ])
  expect(missingValues(task, { envs: { A: '1' }, secrets: { C: '2' } })).toEqual([])
  expect(missingValues(task, { envs: { A: '' }, secrets: { C: '2' } })).toEqual([{ of: 'envs', name: 'A' }])
})

test('what the text says wins over what was once typed into the form', () => {
  const given = { envs: { A: '1', B: 'two', GONE: 'x' }, secrets: { C: '2', D: 'typed' } }
  expect(handedOver(task, given)).toEqual({ envs: { A: '1' }, secrets: { C: '2', D: 'in-the-text' } })
})

test('a secret in the text is marked, and can be taken out', () => {
  expect(takenOut(TEXT)).toEqual({ text: TEXT.replace('in-the-text', 'null'), secrets: { D: 'in-the-text' } })
  const [mark, ...more] = secretMarks(TEXT, parseTasks(TEXT))
  expect(more).toEqual([])
  expect(mark).toMatchObject({ tone: 'warning', line: 4, path: 'secrets.D' })
  expect(TEXT.slice(mark!.from, mark!.to)).toBe('in-the-text')
})

test('nothing is taken out of a text that cannot be read', () => {
  const broken = `${TEXT}setup: "never closed\n`
  expect(takenOut(broken)).toEqual({ text: broken, secrets: {} })
})

test('a problem says all in one sentence', () => {
  const [problem] = parseTasks('nmae: a\nrun: x\n').problems
  expect(markOf(problem!)).toMatchObject({
    words: 'Unknown key `nmae` in a task. Did you mean `name`?',
    fix: { label: 'Fix', change: { from: 0, to: 4, insert: 'name' } },
  })
})
