import { type Document, isAlias, isMap, isScalar, isSeq, type Node, visit } from 'yaml'
import { composed, whyTooLarge } from './documents.ts'

/** What is cut out of a text. */
type Span = [from: number, to: number]

/**
 * The text with the values of `secrets:` replaced by `null`; comments and layout stay. Pure, never throws. Where the YAML is broken,
 * or is too large to be read, every line that may belong to `secrets` loses what stands behind its key.
 */
export function withoutSecretValues(text: string): string {
  return spansOf(text).reduceRight((all, [from, to]) => `${all.slice(0, from)}null${all.slice(to)}`, text)
}

function spansOf(text: string): Span[] {
  const documents = whyTooLarge(text) ? null : read(text)
  const spans = documents ? documents.flatMap((document) => inTree(document, text)) : byLines(text)
  return spans.sort(([a], [b]) => a - b).filter(([from], i, all) => i === 0 || from >= all[i - 1]![1])
}

function read(text: string): Document.Parsed[] | null {
  try {
    const documents = composed(text)
    return documents.every(({ errors }) => errors.length === 0) ? documents : null
  } catch {
    return null
  }
}

/** Values under every key `secrets`, whatever it stands in: better one too many. */
function inTree(document: Document, text: string): Span[] {
  const anchors = new Map<string, Node>()
  const found = new Set<Node>()
  const add = (node: Node | null) => {
    if (node === null || found.has(node)) return
    const target = isAlias(node) ? anchors.get(node.source) : node
    if (isMap(target)) {
      for (const { value } of target.items)
        if (isNodeOfText(value)) found.add(isAlias(value) ? (anchors.get(value.source) ?? value) : value)
    } else if (isSeq(target)) for (const item of target.items) found.add(item as Node)
    else if (target) found.add(target)
  }
  visit(document, {
    Node: (_, node) => {
      if (!isAlias(node) && node.anchor) anchors.set(node.anchor, node as Node)
    },
    Pair: (_, { key, value }) => {
      const name = isAlias(key) ? anchors.get(key.source) : key
      if (isScalar(name) && name.value === 'secrets') add(value as Node | null)
    },
  })
  return [...found].flatMap((node): Span[] => {
    const [from, to] = node.range ?? [0, 0]
    const length = text.slice(from, to).trimEnd().length
    return length === 0 ? [] : [[from, from + length]]
  })
}

const isNodeOfText = (node: unknown): node is Node => node !== null && typeof node === 'object'

const SECRETS = /(?:^|[\s{,?-])["']?secrets["']?[ \t]*:/

function byLines(text: string): Span[] {
  const spans: Span[] = []
  let inside: number | null = null // the indentation of the key `secrets` that this line may belong to
  let at = 0
  for (const line of text.split('\n')) {
    const indent = /^[ \t]*/.exec(line)![0].length
    const key = SECRETS.exec(line)
    if (inside !== null && indent <= inside && /^[\w"']/.test(line.trim())) inside = null
    if (key || inside !== null) {
      const behind: number = key
        ? key.index + key[0].length
        : (/^[ \t]*(?:[-?][ \t]+)*["']?\w+["']?[ \t]*:(?=\s|$)/.exec(line)?.[0].length ?? indent)
      const rest = line.slice(behind).trimEnd()
      const value = rest.trimStart()
      if (value !== '' && !value.startsWith('#') && value !== 'null')
        spans.push([at + behind + rest.length - value.length, at + behind + rest.length])
      inside = key ? indent : inside
    }
    at += line.length + 1
  }
  return spans
}
