import { expect, test } from 'vitest'
import type { Job } from '../../shared/job.ts'
import { nodeName } from './words.ts'
import { exitRank, exitWords, jobDurationWords, jobWord, waitsWords } from './job-words.ts'

const job = (some: Partial<Job>): Job => ({
  id: `job-${some.number ?? 1}`,
  clusterId: 'c',
  clusterName: 'box',
  number: 1,
  name: 'train',
  state: 'RUNNING',
  runner: 'shell',
  gpusPerNode: null,
  ranks: [{ rank: 0, nodeId: 'n', node: 'head', machineId: 'm', state: 'RUNNING', exitCode: null }],
  exitCode: null,
  error: null,
  failed: null,
  submittedBy: 'ann@desk',
  submittedAt: 0,
  setupAt: null,
  runAt: null,
  endedAt: null,
  cancelledAt: null,
  whenDone: 'keep',
  logProblem: null,
  ...some,
})

test('a job waits behind those of its cluster that have not ended', () => {
  const waiting = job({ number: 4, state: 'PENDING' })
  const others = [
    job({ number: 1, state: 'SUCCEEDED' }),
    job({ number: 2, name: 'prepare' }),
    job({ number: 3, name: 'pretrain', state: 'PENDING' }),
    job({ number: 5, state: 'PENDING' }),
    job({ number: 3, clusterId: 'other' }),
  ]
  expect(waitsWords(waiting, [...others, waiting])).toBe('waits behind #3 pretrain and 1 more')
  expect(waitsWords(others[2]!, others)).toBe('waits behind #2 prepare')
  expect(waitsWords(others[1]!, others)).toBe('')
  expect(waitsWords(waiting, [waiting])).toBe('waits for its turn')
  const elsewhere = job({ number: 3, ranks: [{ ...waiting.ranks[0]!, nodeId: 'n2' }] })
  expect(waitsWords(waiting, [elsewhere])).toBe('waits for its turn')
  expect(waitsWords({ ...waiting, runner: 'ray' }, others)).toBe('waits for room in Ray')
})

test('how long it worked counts its setup, and not its waiting', () => {
  expect(jobDurationWords(job({ submittedAt: 0, setupAt: 60_000, runAt: 90_000 }), 120_000)).toBe('1 min')
  expect(jobDurationWords(job({ submittedAt: 0, runAt: 90_000, endedAt: 95_000 }), 1e9)).toBe('5 s')
  expect(jobDurationWords(job({}), 5)).toBe('–')
})

test('exit codes are said in words', () => {
  expect(exitWords(0)).toBe('0')
  expect(exitWords(137)).toBe('137, SIGKILL')
  expect(exitWords(127)).toBe('127, command not found')
  expect(exitWords(255)).toBe('255')
  const rank = (rank: number, exitCode: number | null) => ({
    rank,
    nodeId: '',
    node: nodeName({ rank }),
    machineId: null,
    state: 'FAILED' as const,
    exitCode,
  })
  expect(exitRank(job({ ranks: [rank(0, 0), rank(1, null), rank(2, 1)] }))).toBe('on worker 2')
  expect(exitRank(job({ ranks: [rank(0, 1)] }))).toBe('')
})

test('a job that is being ended says so', () => {
  expect(jobWord(job({ cancelledAt: 5 }))).toBe('Cancelling')
  expect(jobWord(job({ state: 'CANCELLED', cancelledAt: 5 }))).toBe('Cancelled')
})
