import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ClusterState } from '../../shared/cluster.ts'
import { StyxError } from '../../shared/error.ts'
import { type ClusterEvent, mayBegin, transition } from './state.ts'

const error = new StyxError({ code: 'x', what: 'x' }).data
const kinds = ['launch', 'stop', 'start', 'terminate', 'restart-ray', 'upgrade-ray'] as const
const states: ClusterState[] = [
  { is: 'launching', operationId: 'o' },
  { is: 'ready', since: 1 },
  { is: 'degraded', since: 1, error, operationId: null },
  { is: 'degraded', since: 1, error, operationId: 'o' },
  { is: 'stopping', operationId: 'o' },
  { is: 'stopped', since: 1 },
  { is: 'starting', operationId: 'o' },
  { is: 'terminating', operationId: 'o' },
  { is: 'terminated', at: 1 },
  { is: 'failed', at: 1, error, operationId: 'o' },
]
const event: fc.Arbitrary<ClusterEvent> = fc.oneof(
  fc.record({ is: fc.constant('begin' as const), kind: fc.constantFrom(...kinds), operationId: fc.constant('o2') }),
  fc.record({
    is: fc.constant('done' as const),
    kind: fc.constantFrom(...kinds),
    at: fc.constant(2),
    operationId: fc.constant('o'),
  }),
  fc.record({
    is: fc.constant('failed' as const),
    kind: fc.constantFrom(...kinds),
    at: fc.constant(2),
    error: fc.constant(error),
    operationId: fc.constant('o2'),
    holds: fc.boolean(),
  }),
  fc.record({ is: fc.constant('lost' as const), at: fc.constant(2), error: fc.constant(error) }),
  fc.record({ is: fc.constant('well' as const), at: fc.constant(2) }),
)

test.each([
  ['launching', ['terminate']],
  ['ready', ['stop', 'terminate', 'restart-ray', 'upgrade-ray']],
  ['degraded', ['launch', 'stop', 'start', 'terminate', 'restart-ray', 'upgrade-ray']],
  ['stopping', ['terminate']],
  ['stopped', ['start', 'terminate']],
  ['starting', ['terminate']],
  ['terminating', []],
  ['terminated', []],
  ['failed', ['launch']],
] as const)('%s allows %j and nothing else', (is, allowed) => {
  for (const state of states.filter((one) => one.is === is))
    expect(kinds.filter((kind) => mayBegin(state, kind))).toEqual(allowed)
})

test('an observation never moves a cluster that is at an operation, nor one that is gone', () => {
  const observations = event.filter((one) => one.is === 'lost' || one.is === 'well')
  const still = states.filter((state) => !['ready', 'degraded'].includes(state.is))
  fc.assert(fc.property(fc.constantFrom(...still), observations, (state, seen) => transition(state, seen) === state))
})

test('what an observation made worse an observation makes good, and a failed operation waits for its retry', () => {
  const lost = transition({ is: 'ready', since: 1 }, { is: 'lost', at: 2, error })
  expect(lost.is).toBe('degraded')
  expect(transition(lost, { is: 'well', at: 3 })).toEqual({ is: 'ready', since: 3 })
  const failed = transition(
    { is: 'stopping', operationId: 'o' },
    { is: 'failed', kind: 'stop', at: 2, error, operationId: 'o', holds: true },
  )
  expect(transition(failed, { is: 'well', at: 3 })).toBe(failed)
})

test('a failure that leaves something behind is never a state that may be forgotten', () => {
  fc.assert(
    fc.property(fc.constantFrom(...states), (state) => {
      const after = transition(state, { is: 'failed', kind: 'stop', at: 2, error, operationId: 'o', holds: true })
      expect(['failed', 'terminated']).not.toContain(after.is)
    }),
  )
})

test('whatever happens, from every state that may hold something there is a way to terminate it', () => {
  fc.assert(
    fc.property(fc.constantFrom(...states), fc.array(event, { maxLength: 20 }), (first, events) => {
      let state = first
      for (const one of events)
        try {
          state = transition(state, one)
        } catch (refused) {
          expect((refused as StyxError).data.code).toBe('cluster.not-now')
        }
      const holdsNothing = state.is === 'terminated' || state.is === 'failed'
      expect(holdsNothing || state.is === 'terminating' || mayBegin(state, 'terminate')).toBe(true)
    }),
  )
})
