import { isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from 'yaml'
import { type Entry, type Reader, report, resolved } from './reader.ts'

/** Readers of single values. Each notes what is wrong with it and then answers null. */

/** A map. */
export function readMap(r: Reader, entry: Entry): YAMLMap | null {
  const value = resolved(r, entry.value, entry.path)
  if (isMap(value)) return value
  if (value) wrongKind(r, entry, value, 'a map: keys with values, each on its own line, further in')
  return null
}

/** Text. Numbers and the like have to be put in quotes, as SkyPilot asks. */
export function readText(r: Reader, entry: Entry, expected = 'text'): string | null {
  const value = resolved(r, entry.value, entry.path)
  if (isScalar(value) && typeof value.value === 'string') return value.value
  if (!value) return null
  const written = isScalar(value) && !isEmpty(value) ? asWritten(value) : null
  wrongKind(r, entry, value, expected, written === null ? undefined : JSON.stringify(written))
  return null
}

/** True or false, in all the ways of YAML 1.1, which SkyPilot reads. */
export function readBoolean(r: Reader, entry: Entry): boolean | null {
  const value = resolved(r, entry.value, entry.path)
  if (!value) return null
  const plain = isScalar(value) ? plainBoolean(value) : null
  if (plain === null) {
    const meant =
      isScalar(value) && typeof value.value === 'string' && /^(true|false)$/i.test(value.value)
        ? value.value.toLowerCase()
        : undefined
    wrongKind(r, entry, value, '`true` or `false`', meant)
  }
  return plain
}

/** A whole number of at least `least`. A number in quotes is refused, as in SkyPilot. */
export function readWhole(r: Reader, entry: Entry, least: number): number | null {
  const value = resolved(r, entry.value, entry.path)
  if (!value) return null
  const number = isScalar(value) ? value.value : null
  if (typeof number !== 'number' || !Number.isInteger(number)) {
    const meant = isScalar(value) && /^\d{1,9}(\.0*)?$/.test(String(value.value)) ? String(Number(value.value)) : undefined
    wrongKind(r, entry, value, 'a whole number, without quotes', meant)
    return null
  }
  if (number < least || number > 1_000_000) {
    report(r, value, {
      code: 'task.range',
      path: entry.path,
      message: `\`${entry.name}\` must be ${number < least ? `at least ${least}` : 'at most 1000000'}; this is ${number}.`,
      ...(number < least ? { fix: String(least) } : {}),
    })
    return null
  }
  return number
}

/** A number or text, as it is written. */
export function readWritten(r: Reader, entry: Entry, kind: string): { text: string; node: Node } | null {
  const value = resolved(r, entry.value, entry.path)
  if (!value) return null
  if (isScalar(value) && !isEmpty(value) && plainBoolean(value) === null) return { text: asWritten(value), node: value }
  wrongKind(r, entry, value, kind)
  return null
}

/**
 * The value of an environment variable: null where none is given, numbers as they are written, and unquoted true, yes, on … as
 * `True`, which is what SkyPilot hands to the task.
 */
export function readVariable(r: Reader, entry: Entry): string | null | undefined {
  const value = resolved(r, entry.value, entry.path)
  if (!value) return undefined
  if (!isScalar(value)) {
    wrongKind(r, entry, value, 'text or a number')
    return undefined
  }
  if (isEmpty(value)) return null
  const plain = plainBoolean(value)
  return plain === null ? asWritten(value) : plain ? 'True' : 'False'
}

/** Says that something else was meant to stand there. */
export function wrongKind(r: Reader, entry: Entry, value: Node, expected: string, fix?: string): void {
  const { name, path } = entry
  if (!isScalar(value) || !isEmpty(value))
    report(r, value, {
      code: 'task.kind',
      path,
      message: `\`${name}\` must be ${expected}; this is ${kindOf(value)}.`,
      ...(fix === undefined ? {} : { fix }),
    })
  else if (value.source === '~')
    report(r, value, {
      code: 'task.no-value',
      path,
      message: '`~` alone means nothing in YAML.',
      suggestion: 'Put it in quotes.',
      fix: '"~"',
    })
  else
    report(r, entry.key, {
      code: 'task.no-value',
      path,
      message: `\`${name}\` has no value.`,
      suggestion: `Write ${expected}, or delete the line.`,
    })
}

function kindOf(node: Node): string {
  if (isMap(node)) return 'a map'
  if (isSeq(node)) return 'a list'
  const { value } = node as Scalar
  if (plainBoolean(node as Scalar) !== null) return `${value}`
  return typeof value === 'number' || typeof value === 'bigint' ? 'a number' : 'text'
}

const isEmpty = (node: Scalar) => node.value === null

/** As it stands in the text: 1e-4 and 010 stay what they are. */
const asWritten = (node: Scalar) => (typeof node.value === 'string' ? node.value : (node.source ?? String(node.value)))

function plainBoolean(node: Scalar): boolean | null {
  if (node.type !== 'PLAIN') return null
  if (/^(true|yes|on)$/i.test(node.source ?? '')) return true
  return /^(false|no|off)$/i.test(node.source ?? '') ? false : null
}
