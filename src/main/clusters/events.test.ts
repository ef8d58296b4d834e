import { expect, test } from 'vitest'
import type { Cluster } from '../../shared/cluster.ts'
import type { Operation, StepRow } from '../../shared/operation.ts'
import { outcomeEvent } from './events.ts'

const cluster: Cluster = {
  id: 'c',
  placeId: 'here',
  name: 'c',
  spec: {},
  state: { is: 'launching', operationId: 'o' },
  observed: { at: null, problem: null },
  ray: null,
  createdAt: 0,
}

const ago = (seconds: number) => Date.now() - seconds * 1000

const step = (startedAt: number, tries: number): StepRow => ({
  name: 's',
  attempt: 1,
  state: 'done',
  startedAt,
  endedAt: Date.now(),
  tries,
  progress: null,
  error: null,
  nodes: [],
})

const launch = (createdAt: number, attempts: number[], steps: StepRow[]): Operation => ({
  id: 'o',
  clusterId: 'c',
  kind: 'launch',
  nodeIds: null,
  state: 'done',
  plan: [],
  candidates: [],
  attempts: attempts.map((startedAt, i) => ({
    number: i + 1,
    candidate: { title: 'a', offerId: 'a' },
    state: 'done',
    error: null,
    startedAt,
    endedAt: null,
  })),
  steps,
  error: null,
  leftovers: [],
  cancel: null,
  createdAt,
  endedAt: null,
})

const text = (operation: Operation) => outcomeEvent(cluster, operation, { is: 'done' }).text

test('a launch took as long as the user waited', () => {
  expect(text(launch(ago(34), [ago(34)], [step(ago(33), 1)]))).toBe('Ready after 34 s')
})

test('a retry two hours later is not two hours long', () => {
  const words = 'Ready after 5.0 s, 2 h after it was asked for'
  expect(text(launch(ago(7205), [ago(7200), ago(5)], [step(ago(5), 1)]))).toBe(words)
  // One that goes on in the middle of what was kept.
  expect(text(launch(ago(7205), [ago(7200)], [step(ago(7199), 1), step(ago(5), 2)]))).toBe(words)
})
