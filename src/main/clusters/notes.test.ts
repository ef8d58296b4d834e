import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Change } from '../../shared/change.ts'
import type { MachineSample } from '../../shared/machine.ts'
import { blankNode } from '../../shared/node.ts'
import type { Note } from '../../shared/note.ts'
import { noteSettings } from '../../shared/settings.ts'
import { unknownSample } from '../gpu/sample.ts'
import type { Sampler } from '../gpu/sampler.ts'
import { upsertCluster } from '../storage/cluster-records.ts'
import { type Database, openDatabase } from '../storage/database.ts'
import { listEvents } from '../storage/event-records.ts'
import { saveNode } from '../storage/node-records.ts'
import { savePlace } from '../storage/place-records.ts'
import { writeSettings } from '../storage/settings-records.ts'
import { createTopic } from '../topics.ts'
import { keepNotes } from './notes.ts'

let folder: string
let db: Database
let stop: AbortController
let now: Partial<MachineSample>
let changes: Change[]
let notes: Map<string, Note>

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'styx-notes-'))
  db = openDatabase(folder).database
  stop = new AbortController()
  now = { memoryUsed_MiB: 10, memoryTotal_MiB: 100 }
  notes = new Map()
  changes = []
  savePlace(db, { id: 'p', kind: 'local', name: 'P', settings: {} })
  upsertCluster(db, {
    id: 'c',
    placeId: 'p',
    name: 'llama',
    spec: {},
    state: { is: 'ready', since: 0 },
    observed: { at: null, problem: null },
    ray: null,
    createdAt: 0,
  })
  for (const rank of [0, 1])
    saveNode(
      db,
      blankNode({ id: `n${rank}`, clusterId: 'c', rank, machineId: `m${rank}`, endpoint: { via: 'local' }, state: 'up' }),
    )
  vi.useFakeTimers()
  const sampler: Sampler = {
    watch: () => () => {},
    recent: () => [],
    newest: () => [],
    latest: (machineId) => ({
      ...unknownSample(machineId, Date.now(), ''),
      problem: null,
      ...(machineId === 'm1' ? now : { memoryUsed_MiB: 1, memoryTotal_MiB: 100 }),
    }),
    gpus: () => [],
    details: () => undefined,
    samples: createTopic(),
    detailed: createTopic(),
  }
  const publish = db.changes.publish
  db.changes.publish = (change) => {
    changes.push(change)
    publish(change)
  }
  keepNotes({ db, sampler, health: new Map(), notes, signal: stop.signal })
})
afterEach(() => {
  stop.abort()
  vi.useRealTimers()
  db.close()
  rmSync(folder, { recursive: true })
})
const told = () =>
  changes.flatMap((change) => (change.type === 'note' ? [change.note.id] : change.type === 'gone' ? [`gone ${change.id}`] : []))
const events = () => listEvents(db, { limit: 10 }).map(({ clusterName, level, text }) => [clusterName, level, text])

test('a note comes with an event that names the node, stays as it was found, and goes by itself', async () => {
  await vi.advanceTimersByTimeAsync(60_000)
  expect(told()).toEqual([])
  now = { memoryUsed_MiB: 96, memoryTotal_MiB: 100 }
  await vi.advanceTimersByTimeAsync(70_000)
  now = { memoryUsed_MiB: 98, memoryTotal_MiB: 100 }
  await vi.advanceTimersByTimeAsync(70_000)
  expect(told()).toEqual(['m1/memory'])
  expect(notes.get('m1/memory')).toMatchObject({ machineId: 'm1', kind: 'memory', level: 'warn', what: 'Memory is 96 % full' })
  expect(events()).toEqual([['llama', 'warn', 'worker 1: Memory is 96 % full']])
  now = { memoryUsed_MiB: 10, memoryTotal_MiB: 100 }
  await vi.advanceTimersByTimeAsync(40_000)
  expect(told()).toEqual(['m1/memory', 'gone m1/memory'])
  expect(notes.size).toBe(0)
  expect(events()[0]).toEqual(['llama', 'info', 'worker 1: Over: Memory is 96 % full'])
})

test('a threshold that is moved or switched off holds at once', async () => {
  now = { memoryUsed_MiB: 60, memoryTotal_MiB: 100 }
  writeSettings(db, { notes: { ...noteSettings.parse({}), memory_percent: 55 } })
  await vi.advanceTimersByTimeAsync(70_000)
  expect([...notes.keys()]).toEqual(['m1/memory'])
  writeSettings(db, { notes: { ...noteSettings.parse({}), memory_percent: null } })
  await vi.advanceTimersByTimeAsync(5_000)
  expect(notes.size).toBe(0)
})

test('a node that goes takes its notes with it', async () => {
  now = { problem: 'It ended.' }
  await vi.advanceTimersByTimeAsync(90_000)
  expect([...notes.keys()]).toEqual(['m1/silent'])
  db.transaction(() => {
    db.sql.prepare('DELETE FROM nodes WHERE id = ?').run('n1')
    db.changed({ type: 'gone', of: 'node', id: 'n1' })
  })
  await vi.advanceTimersByTimeAsync(6_000)
  expect(notes.size).toBe(0)
  expect(events()).toEqual([['llama', 'bad', 'worker 1: The machine does not answer']])
})
