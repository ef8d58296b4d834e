import * as z from 'zod'
import { type Job, job, jobHasEnded, rankState } from '../../shared/job.ts'
import { type Database, parseRow, parseRows } from './database.ts'

const offsets = z.object({ out: z.number(), err: z.number() })

/** What the engine knows of a rank beyond what it shows. */
export const rankWork = z.object({
  rank: z.number().int(),
  state: rankState,
  setupAt: z.number().nullable(),
  runAt: z.number().nullable(),
  endedAt: z.number().nullable(),
  /** Of its log the node keeps what comes from here on. */
  kept: offsets,
  /** Where its log ends; null: not yet, or not known. */
  size: offsets.nullable(),
  /** All of its log is here, or what is missing was said. */
  logged: z.boolean(),
  /** Why it failed, where its exit code does not tell. */
  why: z.enum(['folder-gone', 'restarted', 'killed', 'ended', 'alone', 'node-lost', 'lost']).nullable(),
})
export type RankWork = z.infer<typeof rankWork>

/** What is still to be done with a job, and what for. */
export const jobWork = z.object({
  /** SkyPilot's id of the run. */
  taskId: z.string(),
  /** Values of envs that were given with the request. */
  envs: z.record(z.string(), z.string()),
  /** Names of the secrets whose values wait in the keyring or in memory until the job is sent. */
  secrets: z.array(z.string()),
  /** Its nodes have it. */
  sent: z.boolean(),
  /** All of its ranks were told to begin, or Ray was asked to let them. */
  begun: z.boolean().default(false),
  /** It waits for its cluster's launch, which sends it as its last step. */
  withLaunch: z.boolean(),
  ranks: z.array(rankWork),
  /** Its log is complete and closed. */
  closed: z.boolean(),
  /** What `whenDone` says was asked for. */
  wasDone: z.boolean(),
})
export type JobWork = z.infer<typeof jobWork>

/** A job as it is stored: what is shown, what is still to be done, and the task file without the values of secrets. */
export type JobRecord = { job: Job; work: JobWork; yaml: string }

type Row = { id: string; job: string; work: string; yaml: string }

const toRecord = (row: Row): JobRecord => ({
  ...parseRow(z.object({ job, work: jobWork }), 'jobs', row.id, () => ({ job: JSON.parse(row.job), work: JSON.parse(row.work) })),
  yaml: row.yaml,
})
const toJob = (row: Pick<Row, 'id' | 'job'>): Job => parseRow(job, 'jobs', row.id, () => JSON.parse(row.job))

/** Is nothing left to be done with it? */
export const isAtRest = ({ job, work }: JobRecord): boolean =>
  jobHasEnded(job.state) && work.closed && (work.wasDone || job.whenDone === 'keep')

/** Creates the job, or writes over the one with its id. */
export function saveJob(db: Database, record: JobRecord): void {
  db.transaction(() => {
    db.sql
      .prepare(
        `INSERT INTO jobs (id, cluster_id, number, submitted_at, open, job, work, yaml)
         VALUES (:id, :clusterId, :number, :submittedAt, :open, :job, :work, :yaml)
         ON CONFLICT (id) DO UPDATE SET open = :open, job = :job, work = :work`,
      )
      .run({
        id: record.job.id,
        clusterId: record.job.clusterId,
        number: record.job.number,
        submittedAt: record.job.submittedAt,
        open: isAtRest(record) ? 0 : 1,
        job: JSON.stringify(record.job),
        work: JSON.stringify(record.work),
        yaml: record.yaml,
      })
    db.changed({ type: 'job', job: record.job })
  })
}

/** The job with all that is known of it, or null. */
export function readJob(db: Database, id: string): JobRecord | null {
  const row = db.sql.prepare('SELECT * FROM jobs WHERE id = ?').get(id) as Row | undefined
  return row ? toRecord(row) : null
}

/** Jobs with which something is still to be done, in the order in which they were submitted. */
export function listOpenJobs(db: Database): JobRecord[] {
  return parseRows(db, db.sql.prepare('SELECT * FROM jobs WHERE open = 1 ORDER BY submitted_at, rowid').all(), toRecord)
}

/** Newest first; of one cluster where it is given; those submitted before `before`, epoch ms. */
export function listJobs(db: Database, page: { clusterId?: string; before?: number; limit: number }): Job[] {
  const rows = db.sql
    .prepare(
      `SELECT id, job FROM jobs WHERE submitted_at < :before AND (:clusterId IS NULL OR cluster_id = :clusterId)
       ORDER BY submitted_at DESC, rowid DESC LIMIT :limit`,
    )
    .all({ before: page.before ?? Number.MAX_SAFE_INTEGER, clusterId: page.clusterId ?? null, limit: page.limit })
  return parseRows(db, rows, toJob)
}

/** What a screen begins with, newest first: all with which something is to be done, and the last `ended` others. */
export function listShownJobs(db: Database, ended: number): Job[] {
  const rows = db.sql
    .prepare(
      `SELECT id, job FROM jobs
       WHERE open = 1 OR id IN (SELECT id FROM jobs WHERE open = 0 ORDER BY submitted_at DESC, rowid DESC LIMIT ?)
       ORDER BY submitted_at DESC, rowid DESC`,
    )
    .all(ended)
  return parseRows(db, rows, toJob)
}

/** The number that the cluster's next job gets: 1, 2, 3 …, also after some were removed. */
export function nextJobNumber(db: Database, clusterId: string): number {
  const row = db.sql
    .prepare(
      `INSERT INTO job_numbers (cluster_id, number) VALUES (?, 1)
       ON CONFLICT (cluster_id) DO UPDATE SET number = number + 1 RETURNING number`,
    )
    .get(clusterId) as { number: number }
  return row.number
}

/** When the newest job was submitted, epoch ms; 0: there is none. */
export function lastJobAt(db: Database): number {
  return (db.sql.prepare('SELECT MAX(submitted_at) AS at FROM jobs').get() as { at: number | null }).at ?? 0
}

/** Deletes the job's record. */
export function deleteJob(db: Database, id: string): void {
  db.transaction(() => {
    db.sql.prepare('DELETE FROM jobs WHERE id = ?').run(id)
    db.changed({ type: 'gone', of: 'job', id })
  })
}

/** Where a node's journal was read up to, bytes. */
export function readJournalOffset(db: Database, nodeId: string): number {
  const row = db.sql.prepare('SELECT offset FROM job_journals WHERE node_id = ?').get(nodeId) as { offset: number } | undefined
  return row?.offset ?? 0
}

/** Written in the transaction of what was read, so that nothing is missed or taken twice. */
export function writeJournalOffset(db: Database, nodeId: string, offset: number): void {
  db.sql
    .prepare(
      'INSERT INTO job_journals (node_id, offset) VALUES (:nodeId, :offset) ON CONFLICT (node_id) DO UPDATE SET offset = :offset',
    )
    .run({ nodeId, offset })
}
