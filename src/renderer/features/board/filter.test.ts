import { expect, test } from 'vitest'
import type { Cluster, ClusterState } from '../../../shared/cluster.ts'
import { filterOf, matches } from './filter.ts'

const error = { code: 'x', what: 'x', where: '', why: '', suggestion: '', detail: '', retryable: false }
const cluster = (state: ClusterState, problem: typeof error | null = null): Cluster => ({
  id: 'c',
  placeId: 'local',
  name: 'c',
  spec: {},
  state,
  observed: { at: null, problem },
  createdAt: 0,
})

test.each([
  ['ready', cluster({ is: 'ready', since: 0 })],
  ['needs', cluster({ is: 'ready', since: 0 }, error)],
  ['needs', cluster({ is: 'degraded', since: 0, error, operationId: null })],
  ['needs', cluster({ is: 'failed', at: 0, error, operationId: 'o' })],
  ['stopped', cluster({ is: 'stopped', since: 0 })],
  ['ended', cluster({ is: 'terminated', at: 0 })],
  ['moving', cluster({ is: 'launching', operationId: 'o' })],
] as const)('%s', (group, of) => {
  expect(filterOf(of, undefined)).toBe(group)
})

test('all are all but the ended, and each chip shows its own', () => {
  expect(matches('all', 'moving')).toBe(true)
  expect(matches('all', 'ended')).toBe(false)
  expect(matches('ended', 'ended')).toBe(true)
  expect(matches('ready', 'needs')).toBe(false)
})
