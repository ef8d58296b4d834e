import { expect, test } from 'vitest'
import { resourceKeys, taskKeys } from '../../../shared/task/schema.ts'
import { contextAt } from './context.ts'

/** The place is where the | stands; two mean a literal one. */
function at(marked: string) {
  const offset = marked.indexOf('^')
  return contextAt(marked.replace('^', ''), offset)
}

const top = Object.keys(taskKeys)
const inResources = Object.keys(resourceKeys)
const keysOf = (marked: string) => Object.keys(at(marked)?.keys ?? {})

test('keys of the task', () => {
  expect(keysOf('^')).toEqual(top)
  expect(keysOf('na^')).toEqual(top)
  expect(keysOf('resources:\n  cpus: 1\nr^')).toEqual(top)
  expect(keysOf('run: |\n  echo\n^')).toEqual(top)
  expect(keysOf('a: b\n---\n^')).toEqual(top)
})

test('keys of what it stands in', () => {
  expect(keysOf('resources:\n  acc^')).toEqual(inResources)
  expect(keysOf('resources:\n  # a comment\n  infra: aws\n\n  acc^\nrun: x')).toEqual(inResources)
  expect(keysOf('resources:\n  autostop:\n    d^')).toEqual(['idle_minutes', 'down', 'wait_for', 'hook', 'hook_timeout'])
  expect(keysOf('resources:\n  any_of:\n    - inf^')).toEqual(inResources.slice(0, -2))
  expect(keysOf('resources:\n  any_of:\n  - infra: aws\n    acc^')).toEqual(inResources.slice(0, -2))
  expect(keysOf('resources:\n  any_of:\n    - infra: aws\n    - acc^')).toEqual(inResources.slice(0, -2))
})

test('nothing inside a text, or where names are the user’s own', () => {
  for (const marked of ['run: |\n  na^', 'envs:\n  A^', 'secrets:\n  ^', 'run: echo na^', 'setup: |\n  a: b\n  c^', 'zzz:\n  a^'])
    expect(at(marked)).toBeNull()
})

test('values of a key', () => {
  const value = at('resources:\n  use_spot: t^')
  expect(value).toMatchObject({ is: 'value' })
  expect(Object.values(value!.keys)[0]!.values).toEqual(['true', 'false'])
  expect(at('resources:\n  infra: ^')).toMatchObject({ is: 'value', from: 'resources:\n  infra: '.length })
})

test('keys that stand there already are known', () => {
  expect(at('resources:\n  cpus: 1\n  ^\n  memory: 2\nrun: x\n')!.taken).toEqual(new Set(['cpus', 'memory']))
  expect(at('name: a\nresources:\n  cpus: 1\n^\nrun: x\n')!.taken).toEqual(new Set(['name', 'resources', 'run']))
})
