import { expect, test } from 'vitest'
import type { Job } from '../../../shared/job.ts'
import { countState, type JobsShown, jobsShown } from './job-list.ts'

const job = (number: number, some: Partial<Job>): Job =>
  ({
    id: `job-${number}`,
    clusterName: 'box',
    number,
    name: `task ${number}`,
    state: 'SUCCEEDED',
    exitCode: 0,
    submittedBy: 'ann@desk',
    submittedAt: number * 1000,
    setupAt: null,
    runAt: number * 1000,
    endedAt: number * 1000 + 10,
    cancelledAt: null,
    ...some,
  }) as Job

const jobs = [
  job(1, { name: 'pretrain-10', state: 'FAILED', exitCode: 137, endedAt: 90_000 }),
  job(2, { name: 'pretrain-9', state: 'RUNNING', exitCode: null, endedAt: null }),
  job(3, { clusterName: 'lab', state: 'PENDING', exitCode: null, runAt: null, endedAt: null }),
  job(4, { submittedBy: 'bob@lab' }),
]
const shown = (some: Partial<JobsShown>) =>
  jobsShown(jobs, { text: '', state: 'all', by: 'when', down: true, ...some }, 60_000).map(({ number }) => number)

test('newest first', () => {
  expect(shown({})).toEqual([4, 3, 2, 1])
})

test('by state', () => {
  expect(shown({ state: 'failed' })).toEqual([1])
  expect(shown({ state: 'waiting' })).toEqual([3])
  expect(countState(jobs, 'running')).toBe(1)
})

test('by words, each anywhere', () => {
  expect(shown({ text: 'pretrain' })).toEqual([2, 1])
  expect(shown({ text: ' PRE  failed ' })).toEqual([1])
  expect(shown({ text: '#3' })).toEqual([3])
  expect(shown({ text: 'lab' })).toEqual([4, 3])
  expect(shown({ text: 'nothing' })).toEqual([])
})

test('in any order', () => {
  expect(shown({ by: 'name', down: false })).toEqual([2, 1, 3, 4])
  expect(shown({ by: 'state', down: false })).toEqual([2, 3, 1, 4])
  expect(shown({ by: 'duration', down: true })).toEqual([1, 2, 4, 3])
  expect(shown({ by: 'exit', down: true })).toEqual([1, 4, 3, 2])
})
