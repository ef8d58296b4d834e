import { renameSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import type * as z from 'zod'
import type { Change } from '../../shared/change.ts'
import { StyxError } from '../../shared/error.ts'
import { createTopic, type Topic } from '../topics.ts'
import { migrations } from './migrations.ts'

export type Database = {
  sql: Sqlite.Database
  /** Every committed change, whole, in the order of the commits. */
  changes: Topic<Change>
  /** Runs `work` in one transaction (nested calls join it). Changes noted inside are published after the commit, or not at all. */
  transaction<T>(work: () => T): T
  /** Notes what the running transaction writes. */
  changed(change: Change): void
  /** Records that could not be read and were left out of lists, in words. */
  unreadable: Set<string>
  close(): void
}

const FILE = 'styx.db'

/**
 * Opens `styx.db` in the folder and brings it to the newest schema.
 * A corrupt file is moved aside, never deleted, and a notice says so.
 * @throws StyxError `database.newer` when a newer Styx wrote it; `database.busy` when another process holds it.
 */
export function openDatabase(folder: string): { database: Database; notices: string[] } {
  const file = join(folder, FILE)
  try {
    return { database: wrap(open(file)), notices: [] }
  } catch (error) {
    if (!isCorrupt(error)) throw asStyxError(error, file)
    const aside = `${file}.corrupt-${new Date().toISOString().replaceAll(':', '-')}`
    for (const suffix of ['', '-wal', '-shm']) moveIfThere(file + suffix, aside + suffix)
    return {
      database: wrap(open(file)),
      notices: [
        `The database was damaged and was moved to ${aside}. Styx began a new one: clusters that were known before are not shown. What runs on machines still runs.`,
      ],
    }
  }
}

function open(file: string): Sqlite.Database {
  const sql = new Sqlite(file, { timeout: 500 }) // ms to wait for another process that is just ending
  try {
    // The owner socket keeps a second engine out; should that ever fail, this lock does. It dies with the process.
    sql.pragma('locking_mode = EXCLUSIVE')
    sql.pragma('journal_mode = WAL')
    sql.pragma('synchronous = FULL') // an operation's row must be on the disk before its effect is
    sql.pragma('foreign_keys = ON')
    // Milliseconds at this size: only records live here. History and logs have files of their own.
    const check = sql.pragma('quick_check(1)', { simple: true })
    if (check !== 'ok') throw Object.assign(new Error(String(check)), { code: 'SQLITE_CORRUPT' })
    migrate(sql, file)
    return sql
  } catch (error) {
    sql.close()
    throw error
  }
}

function migrate(sql: Sqlite.Database, file: string): void {
  const version = Number(sql.pragma('user_version', { simple: true }))
  if (version > migrations.length)
    throw new StyxError({
      code: 'database.newer',
      what: 'This database was written by a newer Styx',
      where: file,
      why: `It has version ${version}; this Styx knows versions up to ${migrations.length}.`,
      suggestion: 'Start the newer Styx, or use another state folder: STYX_HOME=/some/folder npm start.',
    })
  for (let next = version; next < migrations.length; next++)
    sql.transaction(() => {
      sql.exec(migrations[next]!)
      sql.pragma(`user_version = ${next + 1}`)
    })()
}

function wrap(sql: Sqlite.Database): Database {
  const changes = createTopic<Change>()
  let noted: Change[] | null = null
  return {
    sql,
    changes,
    transaction: (work) => {
      if (noted) return work()
      noted = []
      let result: ReturnType<typeof work>
      let committed: Change[]
      try {
        result = sql.transaction(work).immediate()
        committed = noted
      } catch (error) {
        throw asStyxError(error, sql.name)
      } finally {
        noted = null
      }
      for (const change of committed) changes.publish(change)
      return result
    },
    changed: (change) => {
      if (!noted) throw new Error('a record was written outside a transaction')
      // Several writes of one record in one transaction are one change: the last.
      const key = changeKey(change)
      if (key) noted = noted.filter((earlier) => changeKey(earlier) !== key)
      noted.push(change)
    },
    unreadable: new Set(),
    close: () => sql.close(),
  }
}

function changeKey(change: Change): string | null {
  if (change.type === 'gone') return `${change.of} ${change.id}`
  if (change.type === 'cluster') return `cluster ${change.cluster.id}`
  if (change.type === 'node') return `node ${change.node.id}`
  if (change.type === 'operation') return `operation ${change.operation.id}`
  if (change.type === 'job') return `job ${change.job.id}`
  if (change.type === 'terminal') return `terminal ${change.terminal.id}`
  return null
}

/**
 * A row as its record. Rows are hostile too: an older bug or another hand may have written them.
 * @throws StyxError `database.row`, naming table and id
 */
export function parseRow<T>(schema: z.ZodType<T>, table: string, id: unknown, read: () => unknown): T {
  try {
    return schema.parse(read())
  } catch (error) {
    throw new StyxError({
      code: 'database.row',
      what: 'A record in the database cannot be read',
      where: `${table} ${String(id)}`,
      why: 'It does not have the form that this Styx expects.',
      suggestion: 'Report this with the raw text. The other records are not affected.',
      detail: String(error),
    })
  }
}

/** Rows as records, for a list: one that cannot be read is left out and said, so that it does not take the others with it. */
export function parseRows<Row, T>(db: Database, rows: unknown[], parse: (row: Row) => T): T[] {
  return rows.flatMap((row) => {
    try {
      return [parse(row as Row)]
    } catch (error) {
      if (!(error instanceof StyxError)) throw error
      db.unreadable.add(error.message)
      return []
    }
  })
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

const isCorrupt = (error: unknown) => /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error))

function asStyxError(error: unknown, file: string): unknown {
  const code = codeOf(error)
  const detail = error instanceof Error ? `${code}: ${error.message}` : ''
  if (/^SQLITE_FULL/.test(code))
    return new StyxError({
      code: 'database.full',
      what: 'The disk is full',
      where: file,
      why: 'Styx could not write to its database. Nothing was changed.',
      suggestion: 'Free some space there, then try again.',
      detail,
      retryable: true,
    })
  if (/^SQLITE_BUSY|^SQLITE_LOCKED/.test(code))
    return new StyxError({
      code: 'database.busy',
      what: 'Another process holds the database',
      where: file,
      why: 'Two programs must not write it at once.',
      suggestion: 'Close the other Styx, or the tool that has the file open, and start again.',
      detail,
    })
  if (/^SQLITE_(READONLY|CANTOPEN|PERM|IOERR)/.test(code))
    return new StyxError({
      code: 'database.unwritable',
      what: 'The database cannot be written',
      where: file,
      why: 'The file or its folder is not writable for you, or the disk reports an error.',
      suggestion: 'Check the owner and the rights of the folder, or use another: STYX_HOME=/some/folder npm start.',
      detail,
    })
  return error
}

/** Did our own notes fail, rather than what they tell of? */
export const isDatabaseError = (error: unknown): boolean => error instanceof StyxError && error.data.code.startsWith('database.')

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}
