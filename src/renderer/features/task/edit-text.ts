import { isMap, type Node, Scalar, stringify } from 'yaml'
import { taskKeys } from '../../../shared/task/schema.ts'
import { endOf, find, isEmpty, type KeyPair, keyOf, type Outline, startOf } from './outline.ts'

/** What is put in the place of a span of the text. All else, comments and layout, stays as it is. */
export type TextChange = { from: number; to: number; insert: string }

/**
 * Gives the key at the path a value, which is written as it is (see {@link written}); makes the key, and the map around it, where
 * there is none. Null: what stands there is no map, so that it cannot be done.
 */
export function setValue(outline: Outline, path: string[], value: string): TextChange | null {
  const { text } = outline
  const found = find(outline, path)
  if (found) {
    const { pair } = found
    if (isEmpty(pair.value)) {
      const colon = text.indexOf(':', endOf(text, pair)) + 1
      return { from: colon, to: colon, insert: `${value.startsWith('\n') ? '' : ' '}${indented(value, columnOf(text, pair))}` }
    }
    const from = pair.value!.range![0]
    return { from, to: endOf(text, pair), insert: indented(value, columnOf(text, pair)) }
  }
  const name = path.at(-1)!
  if (path.length === 1) return addTo(outline, outline.map, name, value, outline.end)
  const parent = find(outline, path.slice(0, -1))
  if (!parent) return setValue(outline, path.slice(0, -1), `\n  ${name}: ${value}`)
  if (isMap(parent.pair.value)) return addTo(outline, parent.pair.value as unknown as Outline['map'], name, value, 0)
  if (!isEmpty(parent.pair.value)) return null
  return setValue(outline, path.slice(0, -1), `\n  ${name}: ${value}`)
}

/** Takes the key away, and the map around it if it held nothing else. Null: there is none. */
export function removeKey(outline: Outline, path: string[]): TextChange | null {
  const found = find(outline, path)
  if (!found) return null
  const { pair, parent } = found
  if (parent.items.length === 1 && path.length > 1) return removeKey(outline, path.slice(0, -1))
  const { text } = outline
  if (parent.flow) {
    const at = parent.items.indexOf(pair)
    const next = parent.items[at + 1]
    if (next) return { from: startOf(pair), to: startOf(next), insert: '' }
    const before = parent.items[at - 1]
    return { from: before ? endOf(text, before) : startOf(pair), to: endOf(text, pair), insert: '' }
  }
  const from = lineStart(text, startOf(pair))
  return { from, to: nextLine(text, endOf(text, pair)), insert: '' }
}

/** Text as a value of YAML: in quotes where YAML, of this version or SkyPilot's, would read something else. Several lines stand below `|`. */
export function written(text: string): string {
  if (text === '') return '""'
  if (/^(0|[1-9]\d{0,14})(\.\d+)?$/.test(text)) return text // an amount; variables are read as they are written
  if (text.includes('\n')) {
    const scalar = new Scalar(text)
    scalar.type = 'BLOCK_LITERAL'
    return stringify({ k: scalar }, { lineWidth: 0 }).slice('k: '.length).trimEnd()
  }
  // As it would stand in braces, where more has to be in quotes: it may stand there.
  const options = { lineWidth: 0, compat: 'yaml-1.1', collectionStyle: 'flow', flowCollectionPadding: false } as const
  return stringify({ k: text }, options).slice('{k: '.length, -'}\n'.length)
}

/** Into a map, behind the last key that comes before it in the order of the schema. */
function addTo({ text }: Outline, map: Outline['map'], name: string, value: string, end: number): TextChange {
  const [first] = map?.items ?? []
  if (!map || !first) {
    if (map?.flow) return { from: map.range![1] - 1, to: map.range![1] - 1, insert: `${name}: ${oneLine(value)}` }
    const breaks = text.length === 0 || text.slice(0, end).endsWith('\n') ? '' : '\n'
    return { from: end, to: end, insert: `${breaks}${keyed(name, indented(value, 0))}\n` }
  }
  if (map.flow) {
    const from = endOf(text, map.items.at(-1)!)
    return { from, to: from, insert: `, ${name}: ${oneLine(value)}` }
  }
  const column = columnOf(text, first)
  const line = `${' '.repeat(column)}${keyed(name, indented(value, column))}\n`
  const before = map.items.filter((item) => order(keyOf(item)) <= order(name)).at(-1)
  const apart = column === 0 && value.startsWith('\n') ? '\n' : ''
  if (!before) {
    const from = lineStart(text, startOf(first))
    return { from, to: from, insert: `${line}${apart}` }
  }
  const from = nextLine(text, endOf(text, before))
  const breaks = text.slice(0, from).endsWith('\n') ? '' : '\n'
  return { from, to: from, insert: `${breaks}${apart}${line}` }
}

const KEYS = [...Object.keys(taskKeys), ...Object.keys(taskKeys.resources!.keys!)]
/** Names of the user's own stand in the order in which they come. */
const order = (name: string) => (KEYS.includes(name) ? KEYS.indexOf(name) : Number.MAX_SAFE_INTEGER)

const columnOf = (text: string, pair: KeyPair) => startOf(pair) - lineStart(text, startOf(pair))
const lineStart = (text: string, offset: number) => text.lastIndexOf('\n', offset - 1) + 1
const nextLine = (text: string, offset: number) =>
  text.indexOf('\n', offset) === -1 ? text.length : text.indexOf('\n', offset) + 1
/** The lines of a value that are not its first, as far in as its key. */
const indented = (value: string, column: number) => value.replace(/\n(?=[^\n])/g, `\n${' '.repeat(column)}`)
const keyed = (name: string, value: string) => (value.startsWith('\n') ? `${name}:${value}` : `${name}: ${value}`)
const oneLine = (value: string) => (value.includes('\n') ? JSON.stringify(value) : value)

/** The change that makes one text of another, as small as its beginning and end allow. */
export function difference(old: string, text: string): TextChange {
  const most = Math.min(old.length, text.length)
  let from = 0
  while (from < most && old[from] === text[from]) from += 1
  let end = 0
  while (end < most - from && old[old.length - 1 - end] === text[text.length - 1 - end]) end += 1
  return { from, to: old.length - end, insert: text.slice(from, text.length - end) }
}

/** Is it a value that a field may show and change? A list or a map is left to the text. */
export const isPlain = (value: Node | null): boolean => !isMap(value) && (value === null || value instanceof Scalar)
