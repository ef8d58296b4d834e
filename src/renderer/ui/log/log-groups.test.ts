import { expect, test } from 'vitest'
import type { LogStream } from '../../../shared/log.ts'
import { ALL, groupsOf, streamsShown } from './log-groups.ts'

const stream = (name: string): LogStream => {
  const [, rank, kind] = /^r(\d+)\.(out|err)$/.exec(name) ?? []
  return { name, rank: rank === undefined ? null : Number(rank), kind: (kind as 'out' | 'err') ?? 'step', bytes: 1, lines: 1 }
}

test('a rank is its two streams, in the order of ranks', () => {
  const groups = groupsOf(['r10.out', 'r2.err', 'r2.out', 'r0.out'].map(stream), (step) => step)
  expect(groups.map(({ key, streams }) => [key, streams.length])).toEqual([
    ['r0', 1],
    ['r2', 2],
    ['r10', 1],
  ])
  expect(streamsShown(groups, ALL)).toBe(null)
  expect(streamsShown(groups, { groups: ['r2'], kind: null })).toEqual(['r2.err', 'r2.out'])
  expect(streamsShown(groups, { groups: ['r2', 'r10'], kind: 'out' })).toEqual(['r2.out', 'r10.out'])
  expect(streamsShown(groups, { groups: null, kind: 'err' })).toEqual(['r2.err'])
  expect(streamsShown(groups, { groups: ['r7'], kind: null })).toEqual([])
})

test('a step is all its nodes, as it was written', () => {
  const groups = groupsOf(['folder', 'verify/node-1', 'verify/node-2'].map(stream), (step) => step.toUpperCase())
  expect(groups.map(({ name, streams }) => [name, streams.length])).toEqual([
    ['FOLDER', 1],
    ['VERIFY', 2],
  ])
})
