import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Change } from '../../shared/change.ts'
import type { Cluster } from '../../shared/cluster.ts'
import { StyxError } from '../../shared/error.ts'
import { createCluster, deleteCluster, listClusters, readCluster, readClusterByName, upsertCluster } from './cluster-records.ts'
import { type Database, openDatabase } from './database.ts'
import { listEvents, writeEvent } from './event-records.ts'
import { migrations } from './migrations.ts'
import { listNodes, saveNode } from './node-records.ts'
import { savePlace } from './place-records.ts'
import { readSettings, writeSettings } from './settings-records.ts'

let folder: string
let opened: Database[] = []

const open = () => {
  const result = openDatabase(folder)
  opened.push(result.database)
  return result
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'styx-database-'))
})
afterEach(() => {
  for (const db of opened) if (db.sql.open) db.close()
  opened = []
  rmSync(folder, { recursive: true })
})

const cluster = (name: string, state: Cluster['state'] = { is: 'ready', since: 1 }): Cluster => ({
  id: `id-${name}`,
  placeId: 'here',
  name,
  spec: { nested: { deep: [1, null, 'ü'] } },
  state,
  observed: { at: null, problem: null },
  ray: null,
  createdAt: 1,
})

const withPlace = () => {
  const { database } = open()
  savePlace(database, { id: 'here', kind: 'local', name: 'Here', settings: {} })
  return database
}

const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    return error instanceof StyxError ? error.data.code : String(error)
  }
  return 'no error'
}

test('a cluster is created, read, written over, listed and deleted, its JSON intact', () => {
  const db = withPlace()
  createCluster(db, cluster('one'))
  expect(readCluster(db, 'id-one')).toEqual(cluster('one'))
  upsertCluster(db, { ...cluster('one'), state: { is: 'stopped', since: 7 } })
  upsertCluster(db, cluster('two'))
  expect(listClusters(db).map(({ name, state }) => [name, state.is])).toEqual([
    ['one', 'stopped'],
    ['two', 'ready'],
  ])
  expect(deleteCluster(db, 'id-one')).toBe(true)
  expect(deleteCluster(db, 'id-one')).toBe(false)
  expect(readCluster(db, 'id-one')).toBeNull()
})

test('a name is taken while its cluster holds something, and free again afterwards', () => {
  const db = withPlace()
  createCluster(db, cluster('one'))
  expect(() => createCluster(db, { ...cluster('one'), id: 'other' })).toThrow(/UNIQUE/)
  upsertCluster(db, cluster('one', { is: 'terminated', at: 2 }))
  expect(readClusterByName(db, 'one')).toBeNull()
  createCluster(db, { ...cluster('one'), id: 'other' })
  expect(readClusterByName(db, 'one')?.id).toBe('other')
})

test('deleting a cluster deletes its nodes and keeps its events', () => {
  const db = withPlace()
  createCluster(db, cluster('one'))
  saveNode(db, {
    id: 'n',
    clusterId: 'id-one',
    rank: 0,
    machineId: 'm',
    externalId: null,
    innerIp: null,
    endpoint: { via: 'local' },
    facts: null,
    gpus: null,
    state: 'up',
    lastSeen: 3,
  })
  db.transaction(() =>
    writeEvent(db, { at: 1, level: 'info', clusterId: 'id-one', clusterName: 'one', operationId: null, text: 'x', detail: '' }),
  )
  deleteCluster(db, 'id-one')
  expect(listNodes(db, 'id-one')).toEqual([])
  expect(listEvents(db, { clusterId: 'id-one', limit: 10 }).map((event) => event.clusterName)).toEqual(['one'])
})

test('changes are published after the commit, once for each record, and not at all when it fails', async () => {
  const db = withPlace()
  const stop = new AbortController()
  const seen: Change[] = []
  const changes = db.changes.subscribe(stop.signal)
  db.transaction(() => {
    createCluster(db, cluster('one'))
    upsertCluster(db, { ...cluster('one'), state: { is: 'stopped', since: 1 } })
  })
  expect(() =>
    db.transaction(() => {
      createCluster(db, cluster('lost'))
      throw new Error('no')
    }),
  ).toThrow('no')
  db.transaction(() => createCluster(db, cluster('last')))
  for await (const change of changes) {
    seen.push(change)
    if (change.type === 'cluster' && change.cluster.name === 'last') break
  }
  stop.abort()
  expect(seen.map((change) => change.type === 'cluster' && [change.cluster.name, change.cluster.state.is])).toEqual([
    ['one', 'stopped'],
    ['last', 'ready'],
  ])
  expect(readCluster(db, 'id-lost')).toBeNull()
})

test('what was written is there after the process is gone without closing', () => {
  const db = withPlace()
  createCluster(db, cluster('one'))
  db.sql.close()
  expect(listClusters(open().database).map(({ name }) => name)).toEqual(['one'])
})

test('a database from a newer Styx is refused with a sentence that says so, and is left as it is', () => {
  open().database.close()
  const { database } = open()
  database.sql.pragma('user_version = 9999')
  database.close()
  const before = readFileSync(join(folder, 'styx.db'))
  expect(codeOf(open)).toBe('database.newer')
  expect(() => open()).toThrow(/newer Styx.*9999/)
  expect(readFileSync(join(folder, 'styx.db')).equals(before)).toBe(true)
})

test('a corrupt database is moved aside, said, and a new one begun', () => {
  writeFileSync(join(folder, 'styx.db'), 'this was a database once'.repeat(1000))
  const { database, notices } = open()
  expect(notices).toHaveLength(1)
  expect(notices[0]).toContain('was damaged and was moved to')
  expect(listClusters(database)).toEqual([])
  const aside = readdirSync(folder).filter((name) => name.includes('.corrupt-'))
  expect(aside).toHaveLength(1)
  expect(readFileSync(join(folder, aside[0]!), 'utf8')).toContain('this was a database once')
})

test('a database with a damaged page in the middle is found at the start', () => {
  const db = withPlace()
  for (let n = 0; n < 500; n++) createCluster(db, cluster(`c${n}`))
  db.close()
  const file = join(folder, 'styx.db')
  const bytes = readFileSync(file)
  bytes.fill(0xff, 8192, bytes.length - 4096)
  writeFileSync(file, bytes)
  expect(open().notices).toHaveLength(1)
})

test('a full disk is said in words and changes nothing', () => {
  const db = withPlace()
  const pages = Number(db.sql.pragma('page_count', { simple: true }))
  db.sql.pragma(`max_page_count = ${pages}`)
  const big = { ...cluster('big'), spec: { text: 'x'.repeat(1_000_000) } }
  expect(codeOf(() => createCluster(db, big))).toBe('database.full')
  expect(listClusters(db)).toEqual([])
  db.sql.pragma('max_page_count = 1000000')
  createCluster(db, big)
  expect(listClusters(db)).toHaveLength(1)
})

test('a second process cannot write the same database', () => {
  open()
  expect(codeOf(open)).toBe('database.busy')
})

test('a row that cannot be read is left out of lists and named, and does not take the others with it', () => {
  const db = withPlace()
  createCluster(db, cluster('good'))
  createCluster(db, cluster('bad'))
  db.sql.prepare('UPDATE clusters SET state = ? WHERE name = ?').run('{"is":"dreaming"}', 'bad')
  expect(listClusters(db).map(({ name }) => name)).toEqual(['good'])
  expect([...db.unreadable].join()).toContain('clusters id-bad')
  expect(codeOf(() => readCluster(db, 'id-bad'))).toBe('database.row')
})

test('settings keep their defaults where a value is missing or no longer valid', () => {
  const { database: db } = open()
  expect(readSettings(db).theme).toBe('system')
  writeSettings(db, { theme: 'light' })
  db.sql.prepare(`INSERT INTO settings VALUES ('notifications', '"perhaps"'), ('gone', '1')`).run()
  expect(readSettings(db)).toMatchObject({ theme: 'light', notifications: true })
})

test('every migration leaves a database that the next one can take', () => {
  const { database } = open()
  expect(database.sql.pragma('user_version', { simple: true })).toBe(migrations.length)
  expect(database.sql.pragma('foreign_key_check')).toEqual([])
})
