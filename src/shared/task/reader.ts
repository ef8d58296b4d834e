import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  Scalar,
  visit,
  type YAMLMap,
} from 'yaml'
import { nearest } from './nearest.ts'
import { otherNames, type SchemaKeys } from './schema.ts'
import type { TaskProblem } from './task.ts'

/** Reads one document; gathers what is wrong with it. */
export type Reader = {
  text: string
  lines: LineCounter
  problems: TaskProblem[]
  /** What each `*alias` stands for. */
  targets: Map<Alias, Node>
  /** How many nodes may still be looked at: aliases of aliases grow without end. */
  budget: number
}

/** A key of a map with its value; `key` is where a problem of it is marked. */
export type Entry = { name: string; path: string; key: Node; value: Node }

const MOST_NODES = 50_000
const MOST_PROBLEMS = 100

export function reader(text: string, lines: LineCounter, document: Document): Reader {
  const targets = new Map<Alias, Node>()
  const anchors = new Map<string, Node>()
  // In the order of the text: an anchor's name may be given again, and holds from there.
  visit(document, {
    Alias: (_, alias) => {
      const target = anchors.get(alias.source)
      if (target) targets.set(alias, target)
    },
    Collection: (_, node) => void (node.anchor && anchors.set(node.anchor, node as Node)),
    Scalar: (_, node) => void (node.anchor && anchors.set(node.anchor, node)),
  })
  return { text, lines, problems: [], targets, budget: MOST_NODES }
}

type Found = { code: string; path: string; message: string; suggestion?: string; fix?: string }

/** Notes a problem where the node (or the span) stands. */
export function report(
  r: Reader,
  at: Node | [from: number, to: number],
  { code, path, message, suggestion = '', fix }: Found,
): void {
  if (r.problems.length >= MOST_PROBLEMS) return
  const [from, to] = Array.isArray(at) ? at : span(r, at)
  const { line, col } = r.lines.linePos(from)
  r.problems.push({ code, message, suggestion, path, from, to, line, column: col, fix: fix ?? null })
}

/** Where a node's own text stands, without the line breaks behind it. */
export function span(r: Reader, node: Node): [from: number, to: number] {
  const [from, to] = node.range ?? [0, 0]
  return [from, from + r.text.slice(from, to).trimEnd().length]
}

export const lineOf = (r: Reader, node: Node): number => r.lines.linePos(node.range?.[0] ?? 0).line

/** What the node stands for, through aliases. Null: an alias for nothing, or too much was looked at; that was noted. */
export function resolved(r: Reader, node: Node, path: string): Exclude<Node, Alias> | null {
  r.budget -= 1
  if (r.budget < 0) {
    if (r.budget === -1)
      report(r, node, { code: 'task.too-many-aliases', path, message: 'Aliases of aliases make this file too large to read.' })
    return null
  }
  const target = isAlias(node) ? r.targets.get(node) : node
  if (!target) {
    const name = (node as Alias).source
    report(r, node, {
      code: 'task.unknown-alias',
      path,
      message: `Nothing above is called \`&${name}\`, so \`*${name}\` stands for nothing.`,
      suggestion: 'A value that begins with * is an alias in YAML: put it in quotes if it is text.',
      fix: JSON.stringify(`*${name}`),
    })
    return null
  }
  return isAlias(target) ? resolved(r, target, path) : target
}

/** The entries of a map in order, those of `<<` behind its own. Doubled keys, and keys that are no text, are noted and left out. */
export function entriesOf(r: Reader, map: YAMLMap, path: string): Entry[] {
  const entries = new Map<string, Entry>()
  const merged: Node[] = []
  for (const pair of map.items) {
    const key = pair.key as Node | null
    if (!isScalar(key)) {
      report(r, key ?? map, { code: 'task.bad-key', path, message: 'A key must be plain text.' })
      continue
    }
    const name = keyText(key)
    if (name === null) {
      report(r, key, { code: 'task.bad-key', path, message: 'There is no key before this colon.' })
      continue
    }
    const value = pair.value as Node | null
    if (name === '<<' && value) {
      merged.push(value)
      continue
    }
    const first = entries.get(name)
    if (first) {
      const [was, is] = [lineOf(r, first.key), lineOf(r, key)]
      report(r, key, {
        code: 'task.double-key',
        path: join(path, name),
        message: `\`${name}\` stands twice: on line ${was} and on line ${is}.`,
        suggestion: 'Keep one of them.',
      })
      continue
    }
    entries.set(name, { name, path: join(path, name), key, value: value ?? nothingAfter(key) })
  }
  for (const node of merged) mergeInto(r, entries, node, path)
  return [...entries.values()]
}

function mergeInto(r: Reader, entries: Map<string, Entry>, node: Node, path: string): void {
  const target = resolved(r, node, path)
  if (target === null) return
  if (isSeq(target)) {
    for (const item of target.items) mergeInto(r, entries, item as Node, path)
  } else if (isMap(target)) {
    for (const entry of entriesOf(r, target, path)) if (!entries.has(entry.name)) entries.set(entry.name, entry)
  } else report(r, node, { code: 'task.kind', path, message: '`<<` takes in a map, and this is none.' })
}

/** The value of a key that stands alone in braces. */
function nothingAfter(key: Scalar): Scalar {
  const nothing = new Scalar(null)
  const end = key.range?.[1] ?? 0
  nothing.range = [end, end, end]
  return nothing
}

/** The text of a key, as it is written. Null: it is empty. */
function keyText(key: Scalar): string | null {
  if (typeof key.value === 'string') return key.value
  return key.source ? key.source : null
}

const join = (path: string, name: string) => (path === '' ? name : `${path}.${name}`)

/** The entries that Styx honours; unknown and refused keys are noted. `elsewhere`: keys that stand at another level. */
export function knownEntries(
  r: Reader,
  map: YAMLMap,
  path: string,
  keys: SchemaKeys,
  elsewhere: SchemaKeys = {},
): Map<string, Entry> {
  const honoured = new Map<string, Entry>()
  for (const entry of entriesOf(r, map, path)) {
    const { name } = entry
    const known = Object.hasOwn(keys, name) ? keys[name]! : null
    if (!known) reportUnknown(r, entry, path, keys, elsewhere)
    else if (known.notYet === undefined) honoured.set(name, entry)
    else {
      report(r, entry.key, { code: 'task.not-yet', path: entry.path, message: `\`${name}\` is refused: ${known.notYet}` })
      namesWithin(r, entry.value, entry.path, known.keys, known.items)
    }
  }
  return honoured
}

/** Of what is refused only misspelt names are noted: it is enough to say once that it is refused. */
function namesWithin(r: Reader, node: Node, path: string, keys?: SchemaKeys, items?: SchemaKeys): void {
  if (!keys && !items) return
  const value = resolved(r, node, path)
  if (isSeq(value) && items) {
    for (const item of value.items) namesWithin(r, item as Node, path, items)
  } else if (isMap(value)) {
    for (const entry of entriesOf(r, value, path)) {
      if (!keys) namesWithin(r, entry.value, entry.path, items)
      else if (Object.hasOwn(keys, entry.name))
        namesWithin(r, entry.value, entry.path, keys[entry.name]!.keys, keys[entry.name]!.items)
      else reportUnknown(r, entry, path, keys, {})
    }
  }
}

function reportUnknown(r: Reader, entry: Entry, path: string, keys: SchemaKeys, elsewhere: SchemaKeys): void {
  const { name } = entry
  const other = Object.hasOwn(otherNames, name.toLowerCase()) ? otherNames[name.toLowerCase()]! : null
  // What is refused anyway is no help, unless it is the very word.
  const offered = Object.keys(keys).filter((key) => keys[key]!.notYet === undefined)
  const meant =
    (other && Object.hasOwn(keys, other) ? other : null) ??
    nearest(name, offered) ??
    nearest(
      name,
      Object.keys(keys).filter((k) => !k.startsWith('_')),
    )
  const there = Object.hasOwn(elsewhere, name) ? name : other && Object.hasOwn(elsewhere, other) ? other : null
  const where = path === '' ? 'a task' : `\`${path}\``
  report(r, entry.key, {
    code: 'task.unknown-key',
    path: entry.path,
    message: `Unknown key \`${name}\` in ${where}.`,
    suggestion: meant ? `Did you mean \`${meant}\`?` : there ? belongs(there, path) : '',
    ...(meant ? { fix: meant } : {}),
  })
}

const belongs = (name: string, path: string) =>
  path === ''
    ? `\`${name}\` belongs in \`resources\`, two spaces further in.`
    : `\`${name}\` belongs to the task itself, at the beginning of a line.`
