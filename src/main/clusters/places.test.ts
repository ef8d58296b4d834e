import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Cluster } from '../../shared/cluster.ts'
import { StyxError } from '../../shared/error.ts'
import { blankNode } from '../../shared/node.ts'
import { type HostName, type PoolSettings, poolSettings } from '../../shared/pool.ts'
import { createCluster, listClusters, upsertCluster } from '../storage/cluster-records.ts'
import { type Database, openDatabase } from '../storage/database.ts'
import { saveNode } from '../storage/node-records.ts'
import { listPlaces, savePlace } from '../storage/place-records.ts'
import { type PoolRequest, removePool, savePool } from './places.ts'

let folder: string
let db: Database
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'styx-places-'))
  db = openDatabase(folder).database
  savePlace(db, { id: 'here', kind: 'local', name: 'This machine', settings: {} })
})
afterEach(() => {
  db.close()
  rmSync(folder, { recursive: true })
})

const host = (name: string, more: Partial<HostName> & { id?: string } = {}) => ({
  host: name,
  user: null,
  port: null,
  identityFile: null,
  jump: null,
  ...more,
})
const lab: PoolRequest = { name: 'Lab', hosts: [host('gpu1'), host('gpu2')] }
const refusal = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    return error instanceof StyxError ? error.data : error
  }
  return null
}
const cluster = (placeId: string): Cluster => ({
  id: 'c',
  placeId,
  name: 'two',
  spec: {},
  state: { is: 'ready', since: 0 },
  observed: { at: null, problem: null },
  ray: null,
  createdAt: 0,
})

test('a pool is made, renamed, and its hosts keep their ids', () => {
  const made = savePool(db, lab)
  const { hosts } = poolSettings.parse(made.settings)
  expect(new Set(hosts.map(({ id }) => id)).size).toBe(2)
  const changed = savePool(db, {
    placeId: made.id,
    name: ' Lab 2 ',
    hosts: [{ ...(hosts[1] as PoolSettings['hosts'][0]), port: 2222 }, host('gpu3')],
  })
  expect(changed).toMatchObject({
    id: made.id,
    name: 'Lab 2',
    settings: { hosts: [{ id: hosts[1]?.id, port: 2222 }, { host: 'gpu3' }] },
  })
  expect(listPlaces(db)).toContainEqual(changed)
  removePool(db, made.id)
  expect(listPlaces(db).map(({ id }) => id)).toEqual(['here'])
})

test.each([
  [{ ...lab, name: ' ' }, 'place.name-invalid', 'name'],
  [{ ...lab, name: 'a\nb' }, 'place.name-invalid', 'name'],
  [{ ...lab, name: 'this MACHINE' }, 'place.name-taken', 'name'],
  [{ ...lab, hosts: [] }, 'place.host-invalid', 'hosts'],
  [{ ...lab, hosts: Array(257).fill(host('a')) }, 'place.host-invalid', 'hosts'],
  [{ ...lab, hosts: [host('gpu1'), host('-oProxyCommand=x')] }, 'place.host-invalid', 'hosts.1.host'],
  [{ ...lab, hosts: [host('gpu\u00071')] }, 'place.host-invalid', 'hosts.0.host'],
  [{ ...lab, hosts: [host('gpu1', { user: '-x' })] }, 'place.host-invalid', 'hosts.0.user'],
  [{ ...lab, hosts: [host('gpu1', { user: '' })] }, 'place.host-invalid', 'hosts.0.user'],
  [{ ...lab, hosts: [host('gpu1', { port: 0 })] }, 'place.host-invalid', 'hosts.0.port'],
  [{ ...lab, hosts: [host('gpu1', { port: 22.5 })] }, 'place.host-invalid', 'hosts.0.port'],
  [{ ...lab, hosts: [host('gpu1', { port: Number.NaN })] }, 'place.host-invalid', 'hosts.0.port'],
  [{ ...lab, hosts: [host('gpu1', { identityFile: 'id' })] }, 'place.host-invalid', 'hosts.0.identityFile'],
  [{ ...lab, hosts: [host('gpu1', { jump: 'a,-b' })] }, 'place.host-invalid', 'hosts.0.jump'],
  [{ ...lab, hosts: [host('gpu1'), host('gpu1', { jump: 'x' })] }, 'place.host-twice', 'hosts.1.host'],
  [{ ...lab, placeId: 'here' }, 'place.not-a-pool', 'This machine'],
  [{ ...lab, placeId: 'nowhere' }, 'place.unknown', 'nowhere'],
])('%j is refused by its field', (request, code, where) => {
  expect(refusal(() => savePool(db, request))).toMatchObject({ code, where })
  expect(listPlaces(db)).toHaveLength(1)
})

test('a host on which a cluster lives stays, and so does its pool; what is gone holds nothing back', () => {
  const made = savePool(db, lab)
  const [gpu1, gpu2] = poolSettings.parse(made.settings).hosts
  createCluster(db, cluster(made.id))
  saveNode(db, blankNode({ id: 'n', clusterId: 'c', rank: 0, externalId: gpu1?.id ?? '', state: 'up', lastSeen: 1 }))
  const without = (kept: typeof gpu1) => savePool(db, { placeId: made.id, name: 'Lab', hosts: kept ? [kept] : [] })
  expect(refusal(() => without(gpu2))).toMatchObject({ code: 'place.host-in-use', why: 'two lives on gpu1.' })
  expect(refusal(() => without(gpu1))).toBeNull()
  expect(refusal(() => removePool(db, made.id))).toMatchObject({ code: 'place.in-use', why: 'two is ready.' })
  upsertCluster(db, { ...cluster(made.id), state: { is: 'terminated', at: 1 } })
  removePool(db, made.id)
  expect(listClusters(db)).toEqual([])
  expect(refusal(() => removePool(db, 'here'))).toMatchObject({ code: 'place.not-a-pool' })
})
