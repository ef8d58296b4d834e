import { type Document, isMap, isScalar, type Node, type Pair, type Scalar, type YAMLMap } from 'yaml'
import { composed, whyTooLarge } from '../../../shared/task/documents.ts'

export type KeyPair = Pair<Scalar, Node | null>

/** Where the keys of one task stand in the text. */
export type Outline = { text: string; map: YAMLMap<Scalar, Node | null> | null /** Where a first key would go. */; end: number }

/** The document that begins at `from`, as parseTasks says it; null while its YAML is broken: then nothing can be put into it safely. */
export function outlineOf(text: string, from: number): Outline | null {
  if (whyTooLarge(text)) return null
  let documents: Document.Parsed[]
  try {
    documents = composed(text)
  } catch {
    return null
  }
  const document = documents.find(({ range }) => range[2] > from) ?? documents[0]
  if (!document) return { text, map: null, end: text.length }
  if (documents.some(({ errors }) => errors.length > 0)) return null
  const { contents } = document
  if (isMap(contents)) return { text, map: contents as unknown as Outline['map'], end: document.range[1] }
  return contents === null || (isScalar(contents) && contents.value === null) ? { text, map: null, end: text.length } : null
}

/** The key at a path, as `['resources', 'cpus']`. */
export function find({ map }: Outline, path: string[]): { pair: KeyPair; parent: NonNullable<Outline['map']> } | null {
  let parent: Node | null = map
  for (const [i, name] of path.entries()) {
    if (!isMap(parent)) return null
    const pair: KeyPair | undefined = (parent as unknown as NonNullable<Outline['map']>).items.find(
      (item) => isScalar(item.key) && keyOf(item) === name,
    )
    if (!pair) return null
    if (i === path.length - 1) return { pair, parent: parent as unknown as NonNullable<Outline['map']> }
    parent = pair.value
  }
  return null
}

export const keyOf = ({ key }: KeyPair): string => (typeof key.value === 'string' ? key.value : (key.source ?? ''))

/** The first and the last line of a key with its value, from 1. */
export function linesOf(outline: Outline, path: string[]): [first: number, last: number] | null {
  const found = find(outline, path)
  if (!found) return null
  const line = (offset: number) => outline.text.slice(0, offset).split('\n').length
  return [line(startOf(found.pair)), line(endOf(outline.text, found.pair))]
}

export const startOf = ({ key }: KeyPair): number => key.range?.[0] ?? 0

/** Behind the value, without the line breaks and comments that follow it. */
export function endOf(text: string, { key, value }: KeyPair): number {
  const [from, to] = (isEmpty(value) ? key : value)?.range ?? [0, 0]
  return from + text.slice(from, to).trimEnd().length
}

/** Nothing is written there at all. */
export const isEmpty = (value: Node | null): boolean =>
  value === null || (isScalar(value) && value.value === null && !value.source)

/** `line 4`, `lines 4 to 9`. */
export function linesWords(lines: [first: number, last: number] | null): string {
  if (!lines) return ''
  return lines[0] === lines[1] ? `line ${lines[0]}` : `lines ${lines[0]} to ${lines[1]}`
}
