import { type Place, place } from '../../shared/place.ts'
import { type Database, parseRow, parseRows } from './database.ts'

type Row = { id: string; kind: string; name: string; settings: string }

const toPlace = (row: Row): Place => parseRow(place, 'places', row.id, () => ({ ...row, settings: JSON.parse(row.settings) }))

/** Creates the place, or writes over the one with its id. */
export function savePlace(db: Database, record: Place): void {
  db.transaction(() => {
    db.sql
      .prepare(
        `INSERT INTO places (id, kind, name, settings) VALUES (:id, :kind, :name, :settings)
         ON CONFLICT (id) DO UPDATE SET kind = :kind, name = :name, settings = :settings`,
      )
      .run({ ...record, settings: JSON.stringify(record.settings) })
    db.changed({ type: 'place', place: record })
  })
}

/** In the order they were added. */
export function listPlaces(db: Database): Place[] {
  return parseRows(db, db.sql.prepare('SELECT id, kind, name, settings FROM places ORDER BY rowid').all(), toPlace)
}

/** The place, or null. */
export function readPlace(db: Database, id: string): Place | null {
  const row = db.sql.prepare('SELECT id, kind, name, settings FROM places WHERE id = ?').get(id) as Row | undefined
  return row ? toPlace(row) : null
}

/** Removes the place. Clusters that name it keep it: theirs go first. */
export function deletePlace(db: Database, id: string): void {
  db.transaction(() => {
    const { changes } = db.sql.prepare('DELETE FROM places WHERE id = ?').run(id)
    if (changes > 0) db.changed({ type: 'gone', of: 'place', id })
  })
}
