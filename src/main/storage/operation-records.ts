import type * as z from 'zod'
import { type Attempt, attempt, type Operation, operation, type stepRowState } from '../../shared/operation.ts'
import { type Database, parseRow, parseRows } from './database.ts'

/** Names one row of `steps`. attempt 0: cluster scope. nodeId '': the step itself rather than one of its nodes. */
export type StepKey = { operationId: string; attempt: number; name: string; nodeId: string }

/** What a step's row says; `output` is what it learned, as its own schema will read it. */
export type StepRecord = StepKey & {
  state: z.infer<typeof stepRowState>
  startedAt: number
  endedAt: number | null
  tries: number
  progress: { text: string; fraction: number | null } | null
  error: Operation['error']
  output: unknown
}

/** An operation without what its attempts and steps tell: what is written at once. */
export type OperationRecord = Omit<Operation, 'attempts' | 'steps'>

/** The form of the stored plan. A step's name keeps its meaning for ever, so this rises only when the form itself changes. */
const PLAN_VERSION = 1

type OperationRow = {
  id: string
  cluster_id: string
  kind: string
  node_ids: string | null
  state: string
  plan_version: number
  plan: string
  candidates: string
  error: string | null
  leftovers: string
  cancel: string | null
  created_at: number
  ended_at: number | null
}
type AttemptRow = {
  number: number
  candidate: string
  state: string
  error: string | null
  started_at: number
  ended_at: number | null
}
type StepRowOfDatabase = {
  operation_id: string
  attempt: number
  name: string
  node_id: string
  state: string
  started_at: number
  ended_at: number | null
  tries: number
  progress: string | null
  error: string | null
  output: string | null
}

const json = (text: string | null): unknown => (text === null ? null : JSON.parse(text))
const text = (value: unknown): string | null => (value === null || value === undefined ? null : JSON.stringify(value))

/** Creates the operation, or writes over the one with its id; attempts and steps have functions of their own. */
export function saveOperation(db: Database, record: OperationRecord): void {
  db.transaction(() => {
    db.sql
      .prepare(
        `INSERT INTO operations (id, cluster_id, kind, node_ids, state, plan_version, plan, candidates, error, leftovers, cancel, created_at, ended_at)
         VALUES (:id, :clusterId, :kind, :nodeIds, :state, ${PLAN_VERSION}, :plan, :candidates, :error, :leftovers, :cancel, :createdAt, :endedAt)
         ON CONFLICT (id) DO UPDATE SET
           state = :state, error = :error, leftovers = :leftovers, cancel = :cancel, ended_at = :endedAt`,
      )
      .run({
        id: record.id,
        clusterId: record.clusterId,
        kind: record.kind,
        nodeIds: text(record.nodeIds),
        state: record.state,
        plan: JSON.stringify(record.plan),
        candidates: JSON.stringify(record.candidates),
        error: text(record.error),
        leftovers: JSON.stringify(record.leftovers),
        cancel: text(record.cancel),
        createdAt: record.createdAt,
        endedAt: record.endedAt,
      })
    noteChange(db, record.id)
  })
}

/** Creates the attempt, or writes over the one with its number. */
export function saveAttempt(db: Database, operationId: string, record: Attempt): void {
  db.transaction(() => {
    db.sql
      .prepare(
        `INSERT INTO attempts (operation_id, number, candidate, state, error, started_at, ended_at)
         VALUES (:operationId, :number, :candidate, :state, :error, :startedAt, :endedAt)
         ON CONFLICT (operation_id, number) DO UPDATE SET state = :state, error = :error, ended_at = :endedAt`,
      )
      .run({ ...record, operationId, candidate: JSON.stringify(record.candidate), error: text(record.error) })
    noteChange(db, operationId)
  })
}

/** Creates the step's row, or writes over the one with its key. */
export function saveStep(db: Database, record: StepRecord): void {
  db.transaction(() => {
    db.sql
      .prepare(
        `INSERT INTO steps (operation_id, attempt, name, node_id, state, started_at, ended_at, tries, progress, error, output)
         VALUES (:operationId, :attempt, :name, :nodeId, :state, :startedAt, :endedAt, :tries, :progress, :error, :output)
         ON CONFLICT (operation_id, attempt, name, node_id) DO UPDATE SET
           state = :state, started_at = :startedAt, ended_at = :endedAt, tries = :tries, progress = :progress, error = :error, output = :output`,
      )
      .run({ ...record, progress: text(record.progress), error: text(record.error), output: text(record.output) })
    noteChange(db, record.operationId)
  })
}

/** The step's row, or null when it was never begun. */
export function readStep(db: Database, key: StepKey): StepRecord | null {
  const row = db.sql
    .prepare(
      'SELECT * FROM steps WHERE operation_id = :operationId AND attempt = :attempt AND name = :name AND node_id = :nodeId',
    )
    .get({ ...key }) as StepRowOfDatabase | undefined
  return row ? toStepRecord(row) : null
}

/** The operation with its attempts and steps, or null. */
export function readOperation(db: Database, id: string): Operation | null {
  const row = db.sql.prepare('SELECT * FROM operations WHERE id = ?').get(id) as OperationRow | undefined
  return row ? toOperation(db, row) : null
}

/** A cluster's operations, newest first. */
export function listOperations(db: Database, clusterId: string): Operation[] {
  const rows = db.sql.prepare('SELECT * FROM operations WHERE cluster_id = ? ORDER BY created_at DESC, rowid DESC').all(clusterId)
  return parseRows(db, rows, (row: OperationRow) => toOperation(db, row))
}

/** The newest operation of every cluster. */
export function listNewestOperations(db: Database): Operation[] {
  const rows = db.sql
    .prepare('SELECT * FROM operations WHERE rowid IN (SELECT MAX(rowid) FROM operations GROUP BY cluster_id)')
    .all()
  return parseRows(db, rows, (row: OperationRow) => toOperation(db, row))
}

/** What a start of the engine must go on with. */
export function listUnfinishedOperations(db: Database): Operation[] {
  const rows = db.sql.prepare(`SELECT * FROM operations WHERE state IN ('running', 'undoing') ORDER BY created_at`).all()
  return parseRows(db, rows, (row: OperationRow) => toOperation(db, row))
}

function noteChange(db: Database, id: string): void {
  const record = readOperation(db, id)
  if (record) db.changed({ type: 'operation', operation: record })
}

function toOperation(db: Database, row: OperationRow): Operation {
  return parseRow(operation, 'operations', row.id, () => {
    const attempts = db.sql.prepare('SELECT * FROM attempts WHERE operation_id = ? ORDER BY number').all(row.id) as AttemptRow[]
    const steps = db.sql
      .prepare('SELECT * FROM steps WHERE operation_id = ? ORDER BY started_at')
      .all(row.id) as StepRowOfDatabase[]
    const records = steps.map(toStepRecord)
    return {
      id: row.id,
      clusterId: row.cluster_id,
      kind: row.kind,
      nodeIds: json(row.node_ids),
      state: row.state,
      plan: json(row.plan),
      candidates: json(row.candidates),
      attempts: attempts.map(toAttempt),
      steps: records
        .filter((step) => step.nodeId === '')
        .map((step) => ({
          ...step,
          attempt: step.attempt === 0 ? null : step.attempt,
          nodes: records.filter((node) => node.nodeId !== '' && node.name === step.name && node.attempt === step.attempt),
        })),
      error: json(row.error),
      leftovers: json(row.leftovers),
      cancel: json(row.cancel),
      createdAt: row.created_at,
      endedAt: row.ended_at,
    }
  })
}

const toAttempt = (row: AttemptRow): Attempt =>
  attempt.parse({
    number: row.number,
    candidate: json(row.candidate),
    state: row.state,
    error: json(row.error),
    startedAt: row.started_at,
    endedAt: row.ended_at,
  })

// Checked by the operation's schema in toOperation; `output` by the step's own when it is used.
const toStepRecord = (row: StepRowOfDatabase): StepRecord => ({
  operationId: row.operation_id,
  attempt: row.attempt,
  name: row.name,
  nodeId: row.node_id,
  state: row.state as StepRecord['state'],
  startedAt: row.started_at,
  endedAt: row.ended_at,
  tries: row.tries,
  progress: json(row.progress) as StepRecord['progress'],
  error: json(row.error) as StepRecord['error'],
  output: json(row.output),
})
