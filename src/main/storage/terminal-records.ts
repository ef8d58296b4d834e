import { type Terminal, terminal } from '../../shared/terminal.ts'
import { type Database, parseRow, parseRows } from './database.ts'

type Row = { id: string; record: string }

/** The terminals as rows, for `terminals/terminals.ts`. */
export function terminalRecords(db: Database) {
  return {
    /** Oldest first. */
    list(): Terminal[] {
      const rows = db.sql.prepare(`SELECT id, record FROM terminals ORDER BY record ->> 'createdAt', id`).all()
      return parseRows(db, rows, (row: Row) => parseRow(terminal, 'terminals', row.id, () => JSON.parse(row.record)))
    },
    save(record: Terminal): void {
      db.transaction(() => {
        db.sql
          .prepare('INSERT INTO terminals (id, record) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET record = excluded.record')
          .run(record.id, JSON.stringify(record))
        db.changed({ type: 'terminal', terminal: record })
      })
    },
    remove(id: string): void {
      db.transaction(() => {
        db.sql.prepare('DELETE FROM terminals WHERE id = ?').run(id)
        db.changed({ type: 'gone', of: 'terminal', id })
      })
    },
  }
}
