import { type SchemaKey, type SchemaKeys, taskKeys } from '../../../shared/task/schema.ts'

/** What is being written at a place of the text: a key of a map, or the value of a key. */
export type Context = {
  is: 'key' | 'value'
  /** The keys that may stand there, or the one whose value it is. */
  keys: SchemaKeys
  /** Where the word begins. */
  from: number
  /** Keys that stand there already. */
  taken: Set<string>
  indent: number
}

const KEY = /^(\s*)((?:-\s+)*)(["']?)([\w./~-]+)\3\s*:(?:\s+(.*))?$/

/** Found by indentation alone, as the text is broken most of the time while it is written. Null: nothing is known of that place. */
export function contextAt(text: string, offset: number): Context | null {
  const before = text.slice(0, offset)
  const start = before.lastIndexOf('\n') + 1
  const line = before.slice(start)
  const above = text.slice(0, start).split('\n').slice(0, -1)
  const value = KEY.exec(line)
  if (value?.[5] !== undefined) {
    const [, space = '', dashes = '', , name = '', typed = ''] = value
    const around = keysAround(above, space.length, dashes)
    const key = around && own(around, name)
    return key && /^[\w./+-]*$/.test(typed)
      ? { is: 'value', keys: { [name]: key }, from: offset - typed.length, taken: new Set(), indent: 0 }
      : null
  }
  const [, space, dashes = '', typed = ''] = /^(\s*)((?:-\s+)*)([\w]*)$/.exec(line) ?? []
  if (space === undefined) return null
  const keys = keysAround(above, space.length, dashes)
  const indent = space.length + dashes.length
  const below = text.slice(offset).split('\n').slice(1)
  return (
    keys && {
      is: 'key',
      keys,
      from: offset - typed.length,
      taken: new Set([...beside(above.toReversed(), indent), ...beside(below, indent)]),
      indent,
    }
  )
}

/** The keys of the map that a line so far in belongs to. Null: it belongs to a text, or to names of the user's own. */
function keysAround(above: string[], space: number, dashes: string): SchemaKeys | null {
  const path: string[] = dashes ? ['[]'] : []
  // A list may begin in the column of its key.
  let limit = dashes ? space + 1 : space
  for (const line of above.toReversed()) {
    if (limit === 0 || /^(---|\.\.\.)/.test(line)) break
    const indent = /^\s*/.exec(line)![0].length
    if (line.trim() === '' || line.trim().startsWith('#')) continue
    const [, spaces = '', marks = '', , name, value = ''] = KEY.exec(line) ?? []
    const column = spaces.length + marks.length
    if (name === undefined || column >= limit) {
      if (indent < limit && name === undefined && !line.trim().startsWith('-')) return null
      if (!(name !== undefined && marks && spaces.length < limit && column === limit)) continue
      // The first key of the same item: the list is further up.
      path.push('[]')
      limit = spaces.length + 1
      continue
    }
    if (/^[|>]/.test(value)) return null
    path.push(name)
    if (marks) path.push('[]')
    limit = marks ? spaces.length + 1 : spaces.length
  }
  return at(path.toReversed())
}

function at(path: string[]): SchemaKeys | null {
  let keys: SchemaKeys = taskKeys
  let key: SchemaKey | null = null
  for (const name of path) {
    if (name === '[]') {
      if (!key?.items) return null
      keys = key.items
      continue
    }
    const next = own(keys, name)
    if (!next && key?.items) continue // a name of the user's own
    if (!next) return null
    key = next
    keys = next.keys ?? next.items ?? {}
  }
  return key && !key.keys && path.at(-1) !== '[]' ? null : keys
}

function beside(lines: string[], indent: number): string[] {
  const names: string[] = []
  for (const line of lines) {
    if (line.trim() === '') continue
    const [, spaces = '', marks = '', , name] = KEY.exec(line) ?? []
    const column = spaces.length + marks.length
    if (/^\s*/.exec(line)![0].length < indent && column < indent) break
    if (/^---/.test(line)) break
    if (name !== undefined && column === indent) names.push(name)
    if (marks && column === indent) break
  }
  return names
}

const own = (keys: SchemaKeys, name: string): SchemaKey | null => (Object.hasOwn(keys, name) ? keys[name]! : null)
