import { join } from 'node:path'
import Database from 'better-sqlite3'
import { StyxError } from '../../shared/error.ts'

/**
 * Takes the folder for this process; null when another process has it. The kernel holds the lock (it is SQLite's, on an empty file) and
 * lets go of it however the process ends, so there is nothing stale to judge and no race over who may clear it away.
 * @throws StyxError `owner.lock` where the file system cannot lock
 */
export function lockFolder(folder: string): { release(): void } | null {
  const path = join(folder, 'owner.lock')
  let database: Database.Database | undefined
  try {
    database = new Database(path, { timeout: 0 })
    database.exec('PRAGMA journal_mode = MEMORY') // nothing is ever written, not even a journal: a full disk can be locked too
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    if ((error as { code?: string }).code?.startsWith('SQLITE_BUSY')) return null
    throw new StyxError(
      {
        code: 'owner.lock',
        what: 'The state folder cannot be locked',
        where: path,
        why: (error as Error).message,
        suggestion: 'Set STYX_HOME to a folder of yours on a local disk.',
      },
      { cause: error },
    )
  }
  const held = database
  return { release: () => void held.close() }
}
