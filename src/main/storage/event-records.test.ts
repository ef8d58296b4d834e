import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Event, pageOfEvent } from '../../shared/event.ts'
import { type Database, openDatabase } from './database.ts'
import { type EventQuery, listEvents, writeEvent } from './event-records.ts'

let folder: string
let db: Database

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'styx-events-'))
  db = openDatabase(folder).database
  db.transaction(() => {
    write('good', 'llama', 'Ready after 3.0 s', '')
    write('bad', 'llama', 'Launch failed: 100% of the disk is used', 'us_east\nC:\\temp')
    write('warn', 'eval', 'Idle', 'for 30 min')
    write('info', null, 'Started anew', '')
  })
})
afterEach(() => {
  db.close()
  rmSync(folder, { recursive: true })
})

const write = (level: Event['level'], cluster: string | null, text: string, detail: string) =>
  writeEvent(db, { at: 1, level, clusterId: cluster && `id-${cluster}`, clusterName: cluster, operationId: null, text, detail })

const found = (query: Partial<EventQuery>) => listEvents(db, { limit: 10, ...query }).map(({ text }) => text.split(/\W/)[0])

test('the newest are first, and pages go on where the last one ended', () => {
  expect(found({})).toEqual(['Started', 'Idle', 'Launch', 'Ready'])
  const [, last] = listEvents(db, { limit: 2 })
  expect(found({ before: last?.id })).toEqual(['Launch', 'Ready'])
})

test('by cluster, by level, and by a text wherever it stands', () => {
  expect(found({ clusterId: 'id-llama' })).toEqual(['Launch', 'Ready'])
  expect(found({ levels: ['warn', 'bad'] })).toEqual(['Idle', 'Launch'])
  expect(found({ levels: [] })).toEqual([])
  expect(found({ text: 'READY' })).toEqual(['Ready'])
  expect(found({ text: '30 min' })).toEqual(['Idle'])
  expect(found({ text: 'llama' })).toEqual(['Launch', 'Ready'])
  expect(found({ text: 'llama', levels: ['good'] })).toEqual(['Ready'])
})

test('what is looked for is no pattern', () => {
  expect(found({ text: '100%' })).toEqual(['Launch'])
  expect(found({ text: '%' })).toEqual(['Launch'])
  expect(found({ text: '_' })).toEqual(['Launch'])
  expect(found({ text: '\\temp' })).toEqual(['Launch'])
  expect(found({ text: "'; DROP TABLE events; --" })).toEqual([])
})

test('an event of a job leads to it', () => {
  db.transaction(() =>
    writeEvent(db, {
      at: 2,
      level: 'good',
      clusterId: 'c',
      clusterName: 'c',
      operationId: null,
      jobId: 'j',
      text: 'Done',
      detail: '',
    }),
  )
  const [job, other] = listEvents(db, { limit: 2 })
  expect([job, other].map((event) => event && pageOfEvent(event))).toEqual(['/jobs/j', '/events'])
  expect(listEvents(db, { limit: 9, clusterId: 'id-eval' }).map(pageOfEvent)).toEqual(['/clusters/id-eval'])
})
