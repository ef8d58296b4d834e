import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import * as z from 'zod'

/** A row of the history as it lies on the disk. `level`: how thin it is. */
export type HistoryRow = { machineId: string; level: number; start: number; gpus: readonly string[]; data: Uint8Array }

export type HistoryRecords = {
  /** Writes rows, and takes others away, in one transaction. */
  write(rows: HistoryRow[], gone?: { machineId: string; level: number; from: number; to: number }): void
  /** Of one machine and level, those with `from` ≤ start < `to`. */
  read(machineId: string, level: number, from: number, to: number): HistoryRow[]
  /** Any row of the level that starts before `before`: the oldest. */
  oldest(level: number, before: number): { machineId: string; start: number } | null
  close(): void
}

const FILE = 'history.db'
const SCHEMA = `
  -- The GPUs of a machine, in the order of its columns: the same in thousands of rows.
  CREATE TABLE layouts (id INTEGER PRIMARY KEY, gpus TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE chunks (
    machine_id TEXT NOT NULL,
    level INTEGER NOT NULL,
    start INTEGER NOT NULL,
    layout INTEGER NOT NULL REFERENCES layouts (id),
    data BLOB NOT NULL,
    PRIMARY KEY (machine_id, level, start)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX chunks_by_age ON chunks (level, start);
  PRAGMA user_version = 1;
`

const layout = z.array(z.string())
const rowSchema = z.object({ start: z.number(), gpus: z.string(), data: z.instanceof(Uint8Array) })

/**
 * Opens `history.db` in the folder: a file of its own, so that what is large and can be lost never slows down or endangers the records.
 * One that is damaged, or of a newer Styx, is moved aside; where none can be written, history lives in memory. `notice` says either.
 */
export function openHistory(folder: string): { records: HistoryRecords; notice: string | null } {
  const file = join(folder, FILE)
  try {
    return { records: wrap(open(file)), notice: null }
  } catch {
    const aside = `${file}.unread-${new Date().toISOString().replaceAll(':', '-')}`
    try {
      renameSync(file, aside)
      for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true })
      return { records: wrap(open(file)), notice: `The history of the machines could not be read and was moved to ${aside}.` }
    } catch {
      return { records: wrap(open(':memory:')), notice: `The history of the machines is not kept: ${file} cannot be written.` }
    }
  }
}

function open(file: string): Sqlite.Database {
  const sql = new Sqlite(file, { timeout: 500 })
  try {
    sql.pragma('locking_mode = EXCLUSIVE')
    sql.pragma('journal_mode = WAL')
    sql.pragma('synchronous = NORMAL') // a minute may be lost with the power, never the file
    const version = Number(sql.pragma('user_version', { simple: true }))
    if (version > 1) throw new Error('written by a newer Styx')
    if (version === 0) sql.transaction(() => sql.exec(SCHEMA))()
    sql.prepare('SELECT * FROM chunks LIMIT 1').all()
    return sql
  } catch (error) {
    sql.close()
    throw error
  }
}

function wrap(sql: Sqlite.Database): HistoryRecords {
  const addLayout = sql.prepare('INSERT INTO layouts (gpus) VALUES (?) ON CONFLICT DO NOTHING')
  const put = sql.prepare(
    `INSERT INTO chunks (machine_id, level, start, layout, data)
     VALUES (:machineId, :level, :start, (SELECT id FROM layouts WHERE gpus = :gpus), :data)
     ON CONFLICT DO UPDATE SET layout = excluded.layout, data = excluded.data`,
  )
  const remove = sql.prepare(
    'DELETE FROM chunks WHERE machine_id = :machineId AND level = :level AND start >= :from AND start < :to',
  )
  const select = sql.prepare(
    `SELECT start, gpus, data FROM chunks JOIN layouts ON layouts.id = layout
     WHERE machine_id = :machineId AND level = :level AND start >= :from AND start < :to ORDER BY start`,
  )
  const first = sql.prepare(
    'SELECT machine_id AS machineId, start FROM chunks WHERE level = :level AND start < :before ORDER BY start LIMIT 1',
  )
  const layouts = new Map<string, string[]>()
  const layoutOf = (text: string): string[] => {
    const known = layouts.get(text) ?? layout.parse(JSON.parse(text))
    layouts.set(text, known)
    return known
  }
  return {
    write: (rows, gone) =>
      sql
        .transaction(() => {
          if (gone) remove.run(gone)
          for (const { machineId, level, start, gpus, data } of rows) {
            const text = JSON.stringify(gpus)
            if (!layouts.has(text)) addLayout.run(text)
            layouts.set(text, [...gpus])
            put.run({ machineId, level, start, gpus: text, data: Buffer.from(data.buffer, data.byteOffset, data.byteLength) })
          }
        })
        .immediate(),
    read: (machineId, level, from, to) =>
      (select.all({ machineId, level, from, to }) as unknown[]).flatMap((row) => {
        const read = rowSchema.safeParse(row)
        return read.success
          ? [{ machineId, level, start: read.data.start, gpus: layoutOf(read.data.gpus), data: read.data.data }]
          : []
      }),
    oldest: (level, before) => (first.get({ level, before }) as { machineId: string; start: number } | undefined) ?? null,
    close: () => sql.close(),
  }
}
