import { type Settings, settings } from '../../shared/settings.ts'
import type { Database } from './database.ts'

/** The settings; what is missing or no longer valid has its default. */
export function readSettings(db: Database): Settings {
  const rows = db.sql.prepare('SELECT key, value FROM settings').all() as { key: string; value: string }[]
  const valid: Record<string, unknown> = {}
  for (const { key, value } of rows) {
    const shape = settings.shape[key as keyof Settings]
    const read = shape?.safeParse(parseJson(value))
    if (read?.success) valid[key] = read.data
  }
  return settings.parse(valid)
}

/** Writes the keys given, each whole. */
export function writeSettings(db: Database, change: Partial<Settings>): Settings {
  return db.transaction(() => {
    const write = db.sql.prepare(
      'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    )
    for (const [key, value] of Object.entries(change)) if (value !== undefined) write.run(key, JSON.stringify(value))
    const now = readSettings(db)
    db.changed({ type: 'settings', settings: now })
    return now
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
