import { type Cluster, cluster } from '../../shared/cluster.ts'
import type { Ray } from '../../shared/ray.ts'
import { type Database, parseRow, parseRows } from './database.ts'

type Row = {
  id: string
  place_id: string
  name: string
  spec: string
  state: string
  observed: string
  ray: string | null
  created_at: number
}

const toCluster = (row: Row): Cluster =>
  parseRow(cluster, 'clusters', row.id, () => ({
    id: row.id,
    placeId: row.place_id,
    name: row.name,
    spec: JSON.parse(row.spec),
    state: JSON.parse(row.state),
    observed: JSON.parse(row.observed),
    ray: row.ray === null ? null : JSON.parse(row.ray),
    createdAt: row.created_at,
  }))

const toRow = (record: Cluster): Row => ({
  id: record.id,
  place_id: record.placeId,
  name: record.name,
  spec: JSON.stringify(record.spec),
  state: JSON.stringify(record.state),
  observed: JSON.stringify(record.observed),
  ray: record.ray && JSON.stringify(record.ray),
  created_at: record.createdAt,
})

/** Writes a new cluster. SQLite refuses a second one with a name that is in use (`clusters_live_name`). */
export function createCluster(db: Database, record: Cluster): void {
  db.transaction(() => {
    db.sql
      .prepare(
        `INSERT INTO clusters (id, place_id, name, spec, state, observed, ray, created_at)
         VALUES (:id, :place_id, :name, :spec, :state, :observed, :ray, :created_at)`,
      )
      .run(toRow(record))
    db.changed({ type: 'cluster', cluster: record })
  })
}

/** Creates the cluster, or writes over the one with its id. */
export function upsertCluster(db: Database, record: Cluster): void {
  db.transaction(() => {
    db.sql
      .prepare(
        `INSERT INTO clusters (id, place_id, name, spec, state, observed, ray, created_at)
         VALUES (:id, :place_id, :name, :spec, :state, :observed, :ray, :created_at)
         ON CONFLICT (id) DO UPDATE SET
           place_id = :place_id, name = :name, spec = :spec, state = :state, observed = :observed, ray = :ray, created_at = :created_at`,
      )
      .run(toRow(record))
    db.changed({ type: 'cluster', cluster: record })
  })
}

/** Changes what is recorded of a cluster's Ray, as it stands now; a change to the same is not written. Nothing happens to one without. */
export function changeRay(db: Database, clusterId: string, change: (ray: Ray) => Ray): void {
  db.transaction(() => {
    const record = readCluster(db, clusterId)
    if (!record?.ray) return
    const ray = change(record.ray)
    if (ray !== record.ray) upsertCluster(db, { ...record, ray })
  })
}

/** The cluster, or null. */
export function readCluster(db: Database, id: string): Cluster | null {
  const row = db.sql.prepare('SELECT * FROM clusters WHERE id = ?').get(id) as Row | undefined
  return row ? toCluster(row) : null
}

/** All of them, oldest first, terminated and failed ones too. */
export function listClusters(db: Database): Cluster[] {
  return parseRows(db, db.sql.prepare('SELECT * FROM clusters ORDER BY created_at, id').all(), toCluster)
}

/** The cluster that holds this name now, or null. */
export function readClusterByName(db: Database, name: string): Cluster | null {
  const row = db.sql
    .prepare(`SELECT * FROM clusters WHERE name = ? AND state ->> 'is' NOT IN ('terminated', 'failed')`)
    .get(name) as Row | undefined
  return row ? toCluster(row) : null
}

/** Deletes the record with its nodes and operations; its events stay. False: there was none. */
export function deleteCluster(db: Database, id: string): boolean {
  return db.transaction(() => {
    const { changes } = db.sql.prepare('DELETE FROM clusters WHERE id = ?').run(id)
    if (changes > 0) db.changed({ type: 'gone', of: 'cluster', id })
    return changes > 0
  })
}
