import type { ErrorData } from '../../../shared/error.ts'
import { parseTarget } from '../../../shared/pool.ts'

/** What a machine shows, and what was known of it. `fingerprint` null: the line alone is known. */
export type ChangedKey = {
  shown: { keyType: string; fingerprint: string } | null
  known: { where: string; file: string; keyType: string; fingerprint: string | null }[]
  /** The name by which known_hosts has it. */
  name: string
}

/** Reads the error of a changed host key: the lines of `detail` are `FILE:LINE`, with the type and the fingerprint where they are told. */
export function readChangedKey({ why, where, detail }: ErrorData): ChangedKey {
  const [, keyType, fingerprint] = /(\S+) (SHA256:[A-Za-z0-9+/]+)/.exec(why) ?? []
  const known = detail.split('\n').flatMap((line) => {
    const [, at, file, type, print] = /^((.+):\d+)(?: (\S+) (SHA256:\S+))?$/.exec(line.trim()) ?? []
    return at && file ? [{ where: at, file, keyType: type ?? '', fingerprint: print ?? null }] : []
  })
  const target = parseTarget(where)
  const name = !target ? where : target.port === null || target.port === 22 ? target.host : `[${target.host}]:${target.port}`
  return { shown: keyType && fingerprint ? { keyType, fingerprint } : null, known, name }
}
