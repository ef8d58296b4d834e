import { type Event, event } from '../../shared/event.ts'
import { type Database, parseRow, parseRows } from './database.ts'

type Row = {
  id: number
  at: number
  level: string
  cluster_id: string | null
  cluster_name: string | null
  operation_id: string | null
  job_id: string | null
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
    jobId: row.job_id,
    text: row.text,
    detail: row.detail,
  }))

/** An event to write. */
export type NewEvent = Omit<Event, 'id' | 'jobId'> & { jobId?: string }

/**
 * Writes an event. Call it inside the transaction of the change it tells of, so that neither is ever there without the other.
 * @throws when no transaction runs
 */
export function writeEvent(db: Database, record: NewEvent): void {
  const told = { ...record, jobId: record.jobId ?? null }
  const { lastInsertRowid } = db.sql
    .prepare(
      `INSERT INTO events (at, level, cluster_id, cluster_name, operation_id, job_id, text, detail)
       VALUES (:at, :level, :clusterId, :clusterName, :operationId, :jobId, :text, :detail)`,
    )
    .run(told)
  db.changed({ type: 'event', event: { ...told, id: Number(lastInsertRowid) } })
}

export type EventQuery = { clusterId?: string; levels?: Event['level'][]; text?: string; before?: number; limit: number }

/** Newest first: those of a cluster, of some levels, with a text in them, or before an event, as far as that is asked for. */
export function listEvents(db: Database, { clusterId, levels, text, before, limit }: EventQuery): Event[] {
  const rows = db.sql
    .prepare(
      `SELECT * FROM events
       WHERE id < :before
         AND (:clusterId IS NULL OR cluster_id = :clusterId)
         AND (:levels IS NULL OR instr(:levels, level) > 0)
         AND (:text IS NULL OR text LIKE :text ESCAPE '\\' OR detail LIKE :text ESCAPE '\\' OR cluster_name LIKE :text ESCAPE '\\')
       ORDER BY id DESC LIMIT :limit`,
    )
    .all({
      before: before ?? Number.MAX_SAFE_INTEGER,
      clusterId: clusterId ?? null,
      levels: levels?.join(' ') ?? null,
      text: text ? `%${text.replace(/[\\%_]/g, '\\$&')}%` : null,
      limit,
    })
  return parseRows(db, rows, toEvent)
}
