import { expect, test } from 'vitest'
import type { Node } from '../../shared/node.ts'
import { hostOfError } from './changed-key.ts'

const host = (name: string) => ({ host: name, port: 22, user: 'ada', auth: [], hostKeys: [], hostKeyAlias: null })
const node = (name: string, jump: string[]): Pick<Node, 'endpoint' | 'externalId'> => ({
  externalId: `id of ${name}`,
  endpoint: { via: 'ssh', ...host(name), jump: jump.map(host) },
})
const error = (where: string) => ({
  code: 'ssh.host-key-changed',
  what: '',
  where,
  why: '',
  suggestion: '',
  detail: '',
  retryable: false,
})

test('an error is that of the machine that it names, or behind which it names', () => {
  const nodes = [node('gpu1', []), node('gpu2', ['gateway'])]
  expect(hostOfError(error('ada@gpu1'), nodes)).toBe('id of gpu1')
  expect(hostOfError(error('ada@gateway'), nodes)).toBe('id of gpu2')
  expect(hostOfError(error('ada@gpu3'), nodes)).toBe(null)
})
