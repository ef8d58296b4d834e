import { type Node, node } from '../../shared/node.ts'
import { type Database, parseRow, parseRows } from './database.ts'

type Row = {
  id: string
  cluster_id: string
  rank: number
  machine_id: string | null
  external_id: string | null
  inner_ip: string | null
  endpoint: string | null
  facts: string | null
  gpus: string | null
  state: string
  last_seen: number | null
}

const toNode = (row: Row): Node =>
  parseRow(node, 'nodes', row.id, () => ({
    id: row.id,
    clusterId: row.cluster_id,
    rank: row.rank,
    machineId: row.machine_id,
    externalId: row.external_id,
    innerIp: row.inner_ip,
    endpoint: row.endpoint === null ? null : JSON.parse(row.endpoint),
    facts: row.facts === null ? null : JSON.parse(row.facts),
    gpus: row.gpus === null ? null : JSON.parse(row.gpus),
    state: row.state,
    lastSeen: row.last_seen,
  }))

/** Creates the node, or writes over the one with its id. */
export function saveNode(db: Database, record: Node): void {
  db.transaction(() => {
    db.sql
      .prepare(
        `INSERT INTO nodes (id, cluster_id, rank, machine_id, external_id, inner_ip, endpoint, facts, gpus, state, last_seen)
         VALUES (:id, :clusterId, :rank, :machineId, :externalId, :innerIp, :endpoint, :facts, :gpus, :state, :lastSeen)
         ON CONFLICT (id) DO UPDATE SET
           rank = :rank, machine_id = :machineId, external_id = :externalId, inner_ip = :innerIp,
           endpoint = :endpoint, facts = :facts, gpus = :gpus, state = :state, last_seen = :lastSeen`,
      )
      .run({
        ...record,
        endpoint: record.endpoint && JSON.stringify(record.endpoint),
        facts: record.facts && JSON.stringify(record.facts),
        gpus: record.gpus && JSON.stringify(record.gpus),
      })
    db.changed({ type: 'node', node: record })
  })
}

/** A cluster's nodes, head first. */
export function listNodes(db: Database, clusterId: string): Node[] {
  return parseRows(db, db.sql.prepare('SELECT * FROM nodes WHERE cluster_id = ? ORDER BY rank').all(clusterId), toNode)
}

/** The nodes of every cluster. */
export function listAllNodes(db: Database): Node[] {
  return parseRows(db, db.sql.prepare('SELECT * FROM nodes ORDER BY cluster_id, rank').all(), toNode)
}

/** The node, or null. */
export function readNode(db: Database, id: string): Node | null {
  const row = db.sql.prepare('SELECT * FROM nodes WHERE id = ?').get(id) as Row | undefined
  return row ? toNode(row) : null
}

/** Deletes nodes of a cluster, null: all: they hold nothing any more. */
export function deleteNodes(db: Database, clusterId: string, ids: readonly string[] | null = null): void {
  db.transaction(() => {
    for (const { id } of listNodes(db, clusterId)) {
      if (ids !== null && !ids.includes(id)) continue
      db.changed({ type: 'gone', of: 'node', id })
      db.sql.prepare('DELETE FROM nodes WHERE id = ?').run(id)
    }
  })
}
