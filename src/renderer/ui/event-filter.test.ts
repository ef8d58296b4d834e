import { expect, test } from 'vitest'
import type { Event } from '../../shared/event.ts'
import { byDay, type EventFilter, passes } from './event-filter.ts'

const event: Event = {
  id: 1,
  at: 25,
  level: 'warn',
  clusterId: 'c',
  clusterName: 'llama',
  operationId: null,
  jobId: null,
  text: 'Ready after 3 s',
  detail: 'On This Machine',
}
const all: EventFilter = { clusterId: null, levels: null, text: '' }

test.each([
  [{}, true],
  [{ clusterId: 'c' }, true],
  [{ clusterId: 'd' }, false],
  [{ levels: ['warn', 'bad'] }, true],
  [{ levels: ['good'] }, false],
  [{ text: ' READY ' }, true],
  [{ text: 'this machine' }, true],
  [{ text: 'LLAMA' }, true],
  [{ text: '%' }, false],
  [{ text: 'ready', levels: ['good'] }, false],
] satisfies [Partial<EventFilter>, boolean][])('%o: %s', (filter, shown) => {
  expect(passes(event, { ...all, ...filter })).toBe(shown)
})

test('each day has one heading, and its last event is known', () => {
  const at = (id: number, time: number) => ({ ...event, id, at: time })
  const rows = byDay([at(4, 29), at(3, 25), at(2, 19), at(1, 2)], (time) => `day ${Math.floor(time / 10)}`)
  expect(rows.map((row) => ('day' in row ? row.day : [row.event.id, row.last]))).toEqual([
    'day 2',
    [4, false],
    [3, true],
    'day 1',
    [2, true],
    'day 0',
    [1, true],
  ])
  expect(byDay([], String)).toEqual([])
})
