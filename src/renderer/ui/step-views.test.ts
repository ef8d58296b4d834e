import { expect, test } from 'vitest'
import { blankNode } from '../../shared/node.ts'
import type { Operation, PlannedStep, StepRow } from '../../shared/operation.ts'
import { currentStep, overall, stepViews } from './step-views.ts'

const plan: PlannedStep[] = [
  { name: 'quota', title: 'Check quota', scope: 'cluster', expected_s: 2 },
  { name: 'instances', title: '2 instances, all or none', scope: 'attempt', expected_s: 9 },
  { name: 'ssh', title: 'SSH on all nodes', scope: 'node', expected_s: 45 },
]
const row = (name: string, more: Partial<StepRow>): StepRow => ({
  name,
  attempt: null,
  nodes: [],
  state: 'done',
  startedAt: 0,
  endedAt: null,
  tries: 1,
  progress: null,
  error: null,
  ...more,
})
const error = {
  code: 'aws.no-capacity',
  what: 'no capacity',
  where: '',
  why: '',
  suggestion: '',
  detail: 'InsufficientInstanceCapacity',
  retryable: true,
}
const operation = (steps: StepRow[], more: Partial<Operation> = {}): Operation => ({
  id: 'o',
  clusterId: 'c',
  kind: 'launch',
  nodeIds: null,
  state: 'running',
  plan,
  candidates: [],
  attempts: [],
  steps,
  error: null,
  leftovers: [],
  cancel: null,
  createdAt: 0,
  endedAt: null,
  ...more,
})
const attempt = (number: number, title: string, state: 'failed' | 'running') => ({
  number,
  candidate: { title, offerId: title },
  state,
  error: null,
  startedAt: 0,
  endedAt: null,
})
const worker = blankNode({ id: 'n1', clusterId: 'c', rank: 1, innerIp: '10.0.0.2' })

test('before: every step with what is expected of it', () => {
  expect(stepViews(plan, null, [], 0).map(({ state, time }) => [state, time])).toEqual([
    ['waiting', 'about 2 s'],
    ['waiting', 'about 9 s'],
    ['waiting', 'about 45 s'],
  ])
})

test('during: what came is measured, what runs counts, what comes is expected', () => {
  const views = stepViews(
    plan,
    operation([row('quota', { endedAt: 2100 }), row('instances', { attempt: 1, state: 'started', startedAt: 3000, tries: 2 })]),
    [],
    44_000,
  )
  expect(views[0]).toMatchObject({ state: 'done', time: '2.1 s', expected: '' })
  expect(views[1]).toMatchObject({ state: 'running', time: '41 s', expected: 'of about 9 s', tries: 2 })
  expect(views[2]).toMatchObject({ state: 'waiting', time: 'about 45 s' })
})

test('after a failure nothing more is promised', () => {
  const failed = operation([row('quota', { state: 'failed', endedAt: 500, error })], { state: 'failed', endedAt: 500 })
  expect(stepViews(plan, failed, [], 900).map(({ state, time }) => [state, time])).toEqual([
    ['failed', '0.5 s'],
    ['skipped', 'not begun'],
    ['skipped', 'not begun'],
  ])
})

test('each candidate that refused is listed with its answer, above the one that goes on', () => {
  const views = stepViews(
    plan,
    operation(
      [
        row('instances', { attempt: 1, state: 'undone', endedAt: 3100, error }),
        row('instances', { attempt: 2, state: 'started', startedAt: 4000, progress: { text: '1 of 2 running', fraction: 0.5 } }),
      ],
      { attempts: [attempt(1, 'us-west-2a', 'failed'), attempt(2, 'us-west-2b', 'running')] },
    ),
    [],
    8000,
  )
  expect(views[1]).toMatchObject({ state: 'running', time: '4 s' })
  expect(views[1]?.attempts).toEqual([
    {
      number: 1,
      title: 'us-west-2a',
      words: 'no capacity',
      state: 'failed',
      time: '3.1 s',
      detail: 'InsufficientInstanceCapacity',
    },
    { number: 2, title: 'us-west-2b', words: '1 of 2 running', state: 'running', time: '4 s', detail: '' },
  ])
})

test('one candidate alone is not listed: the step says it all', () => {
  const one = operation([row('instances', { attempt: 1 })], { attempts: [attempt(1, 'here', 'running')] })
  expect(stepViews(plan, one, [], 0)[1]?.attempts).toEqual([])
})

test('a node has its name and where it is', () => {
  const { nodes: _, name: __, attempt: ___, ...of } = row('', { state: 'started' })
  const views = stepViews(plan, operation([row('ssh', { state: 'started', nodes: [{ ...of, nodeId: 'n1' }] })]), [worker], 5000)
  expect(views[2]?.nodes).toMatchObject([{ title: 'worker 1', hostname: '10.0.0.2', state: 'running', time: '5 s' }])
})

test('the whole goes by expected time, and a late step never looks finished', () => {
  expect(overall(operation([]), 0)).toEqual({ done: 0, of: 3, fraction: 0, left_s: 56 })
  const late = overall(operation([row('quota', {}), row('instances', { state: 'started' })]), 1_000_000)
  expect(late.done).toBe(1)
  expect(late.fraction).toBeCloseTo((2 + 9 * 0.9) / 56)
  expect(late.left_s).toBeCloseTo(0.9 + 45)
})

test('the eye is on what runs or failed, else on what came last', () => {
  expect(currentStep(operation([]))).toBeNull()
  expect(currentStep(operation([row('quota', {}), row('instances', { state: 'started' })]))).toBe('instances')
  expect(currentStep(operation([row('quota', { state: 'failed' }), row('instances', {})]))).toBe('quota')
  expect(currentStep(operation([row('quota', {}), row('instances', {})]))).toBe('instances')
})
