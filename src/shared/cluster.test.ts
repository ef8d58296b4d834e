import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CLUSTER_NAME_MAX, clusterNameProblem } from './cluster.ts'

test.each(['a', 'llama-pretrain', 'x1', 'a'.repeat(CLUSTER_NAME_MAX)])('%s is a name', (name) => {
  expect(clusterNameProblem(name)).toBeNull()
})

test.each([
  ['', 'Give the cluster a name'],
  ['a'.repeat(CLUSTER_NAME_MAX + 1), 'At most 40 characters; this has 41'],
  ['../x', 'Small letters'],
  ['Llama', 'Small letters'],
  ['-a', 'Small letters'],
  ['a-', 'Small letters'],
  ['1a', 'Small letters'],
  ['a b', 'Small letters'],
  ['a\n', 'Small letters'],
  ['ä', 'Small letters'],
])('%j is none, and the field is told why', (name, why) => {
  expect(clusterNameProblem(name)).toContain(why)
})

test('a name is safe wherever it goes: path, label, host name, shell', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'z', '0', '-', '.', '/', 'A', ' ', '\n', '$'), maxLength: 44 }),
      (name) => {
        if (clusterNameProblem(name) === null) expect(name).toMatch(/^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/)
      },
    ),
  )
})
