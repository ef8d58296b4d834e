import { type Event, event } from '../../shared/event.ts'
import { type Database, parseRow, parseRows } from './database.ts'

type Row = {
  id: number
  at: number
  level: string
  cluster_id: string | null
  cluster_name: string | null
  operation_id: string | null
  text: string
  detail: string
}

const toEvent = (row: Row): Event =>
  parseRow(event, 'events', row.id, () => ({
    id: row.id,
    at: row.at,
    level: row.level,
    clusterId: row.cluster_id,
    clusterName: row.cluster_name,
    operationId: row.operation_id,
    text: row.text,
    detail: row.detail,
  }))

/**
 * Writes an event. Call it inside the transaction of the change it tells of, so that neither is ever there without the other.
 * @throws when no transaction runs
 */
export function writeEvent(db: Database, record: Omit<Event, 'id'>): void {
  const { lastInsertRowid } = db.sql
    .prepare(
      `INSERT INTO events (at, level, cluster_id, cluster_name, operation_id, text, detail)
       VALUES (:at, :level, :clusterId, :clusterName, :operationId, :text, :detail)`,
    )
    .run(record)
  db.changed({ type: 'event', event: { ...record, id: Number(lastInsertRowid) } })
}

/** Newest first; of one cluster where it is given; those before the event `before`. */
export function listEvents(db: Database, query: { clusterId?: string; before?: number; limit: number }): Event[] {
  const rows = db.sql
    .prepare(
      'SELECT * FROM events WHERE id < :before AND (:clusterId IS NULL OR cluster_id = :clusterId) ORDER BY id DESC LIMIT :limit',
    )
    .all({ before: query.before ?? Number.MAX_SAFE_INTEGER, clusterId: query.clusterId ?? null, limit: query.limit })
  return parseRows(db, rows, toEvent)
}
