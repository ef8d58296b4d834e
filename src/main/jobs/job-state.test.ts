import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Job } from '../../shared/job.ts'
import type { Node } from '../../shared/node.ts'
import type { JobRecord } from '../storage/job-records.ts'
import { afterEntry, afterFailure, onNodes } from './job-state.ts'
import type { JournalEntry } from './journal.ts'

const node = (rank: number) => ({ id: `n${rank}`, machineId: null, rank }) as Node
function fresh(ranks: number, more: Partial<Job> = {}): JobRecord {
  const job = {
    id: 'j',
    state: 'INIT',
    exitCode: null,
    error: null,
    cancelledAt: null,
    logProblem: null,
    ranks: [],
    ...more,
  } as unknown as Job
  const work = {
    sent: false,
    begun: false,
    withLaunch: false,
    ranks: [],
    closed: false,
    wasDone: false,
    secrets: [],
    envs: {},
    taskId: '',
  }
  return onNodes(
    { job, work, yaml: '' },
    Array.from({ length: ranks }, (_, rank) => node(rank)),
    null,
  )
}
let clock = 1000
const said = (rank: number, state: JournalEntry['state'], more: Partial<JournalEntry> = {}): JournalEntry => ({
  at: clock++,
  jobId: 'j',
  state,
  rank,
  exitCode: null,
  out: null,
  err: null,
  why: null,
  ...more,
})
const after = (record: JobRecord, ...entries: JournalEntry[]) => entries.reduce(afterEntry, record)
const ok = (rank: number) => said(rank, 'SUCCEEDED', { exitCode: 0, out: 10, err: 2 })

test('one rank, from its submission to its end', () => {
  const states: string[] = []
  let record = fresh(1)
  for (const state of ['PENDING', 'SETTING_UP', 'RUNNING'] as const) {
    record = afterEntry(record, said(0, state))
    states.push(record.job.state)
  }
  record = afterEntry(record, ok(0))
  expect([...states, record.job.state]).toEqual(['PENDING', 'SETTING_UP', 'RUNNING', 'SUCCEEDED'])
  expect(record.job).toMatchObject({
    exitCode: 0,
    setupAt: expect.any(Number),
    runAt: expect.any(Number),
    endedAt: expect.any(Number),
  })
  expect(record.work.ranks[0]?.size).toEqual({ out: 10, err: 2 })
})

test('on several nodes: pending once all have it, ended once all have ended, decided by the first that failed', () => {
  let record = after(fresh(3), said(0, 'PENDING'), said(1, 'PENDING'))
  expect(record.job.state).toBe('INIT')
  record = after(record, said(2, 'PENDING'))
  expect(record.job.state).toBe('PENDING')
  record = after(record, said(0, 'RUNNING'), said(1, 'RUNNING'), said(1, 'FAILED', { exitCode: 9, out: 0, err: 0 }))
  expect(record.job).toMatchObject({ state: 'RUNNING', exitCode: null })
  record = after(record, said(2, 'CANCELLED', { out: 0, err: 0 }), said(0, 'FAILED', { exitCode: 143, out: 0, err: 0 }))
  expect(record.job).toMatchObject({ state: 'FAILED', exitCode: 9 })
  expect(record.job.ranks.map(({ exitCode }) => exitCode)).toEqual([143, 9, null])
})

test('an end stays: neither a late word nor a failure of ours changes it', () => {
  const record = after(fresh(1), said(0, 'RUNNING'), ok(0))
  expect(after(record, said(0, 'RUNNING'), said(0, 'FAILED_DRIVER', { why: 'killed' }))).toEqual(record)
  expect(afterFailure(record, 'FAILED_DRIVER', null, 1)).toEqual(record)
})

test('told to end from outside after the user asked for it: that is a cancel', () => {
  const asked = after(fresh(1, { cancelledAt: 5 }), said(0, 'RUNNING'), said(0, 'FAILED_DRIVER', { why: 'ended' }))
  expect(asked.job).toMatchObject({ state: 'CANCELLED', error: null })
  const unasked = after(fresh(1), said(0, 'RUNNING'), said(0, 'FAILED_DRIVER', { why: 'ended' }))
  expect(unasked.job).toMatchObject({ state: 'FAILED_DRIVER', error: { code: 'job.ended' } })
})

test('exit codes that mean something are said in words', () => {
  const failed = (exitCode: number) => after(fresh(1), said(0, 'FAILED', { exitCode, out: 0, err: 0 })).job.error?.code ?? null
  expect([1, 126, 127, 137, 139].map(failed)).toEqual([null, 'job.exit-126', 'job.exit-127', 'job.exit-137', 'job.exit-139'])
})

test('whatever comes in whatever order, as often as it likes: the same words again change nothing', () => {
  const entry = fc.record({
    rank: fc.nat(2),
    state: fc.constantFrom('PENDING', 'SETTING_UP', 'RUNNING', 'SUCCEEDED', 'FAILED', 'FAILED_DRIVER', 'CANCELLED', 'DROPPED'),
    exitCode: fc.option(fc.nat(255)),
    out: fc.option(fc.nat(99)),
    err: fc.option(fc.nat(99)),
  } as const)
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 30 }), (all) => {
      const entries = all.map((one) => said(one.rank, one.state as JournalEntry['state'], one))
      const once = after(fresh(3), ...entries)
      const ends = entries.filter(({ state }) => state !== 'DROPPED')
      expect(after(once, ...ends)).toEqual(once)
      const states = once.work.ranks.map(({ state }) => state)
      const hasEnded = (state: string) => !['INIT', 'PENDING', 'SETTING_UP', 'RUNNING'].includes(state)
      expect(hasEnded(once.job.state)).toBe(states.every(hasEnded))
      expect(once.job.endedAt === null || once.job.endedAt === undefined).toBe(!hasEnded(once.job.state))
    }),
  )
})
