import { expect, test } from 'vitest'
import type { Ask } from '../../shared/ask.ts'
import type { Node } from '../../shared/node.ts'
import { askOfHost, askOfNodes } from './asking.ts'

const ask = (id: string, about: string): Ask => ({ id, at: 0, about, kind: 'password', failed: false })
const host = (name: string, port = 22) => ({
  host: name,
  port,
  user: 'ada',
  auth: [{ by: 'key' as const, file: '/home/ada/.ssh/id' }],
  hostKeys: [],
  hostKeyAlias: null,
})
const node: Pick<Node, 'endpoint'> = { endpoint: { via: 'ssh', ...host('gpu1', 2222), jump: [host('gateway')] } }

test('a node waits for what is asked about it, a host on the way, or its key', () => {
  expect(askOfNodes([ask('other', 'ada@gpu2'), ask('own', 'ada@gpu1:2222')], [node])?.id).toBe('own')
  expect(askOfNodes([ask('jump', 'ada@gateway')], [node])?.id).toBe('jump')
  expect(askOfNodes([ask('key', '/home/ada/.ssh/id')], [node])?.id).toBe('key')
  expect(askOfNodes([ask('other', 'ada@gpu1')], [node])).toBe(null)
  expect(askOfNodes([ask('other', 'ada@gpu1')], [{ endpoint: { via: 'local' } }, { endpoint: null }])).toBe(null)
})

test('a machine waits only while it is checked', () => {
  const row = { state: 'checking' as const, address: 'ada@gpu1', through: ['ada@gateway'] }
  expect(askOfHost([ask('jump', 'ada@gateway')], row)?.id).toBe('jump')
  expect(askOfHost([ask('own', 'ada@gpu1')], { ...row, state: 'in' })).toBe(null)
})
