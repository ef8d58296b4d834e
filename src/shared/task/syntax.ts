import { type Document, type LineCounter, type Scalar, visit, type YAMLError, type YAMLMap, type YAMLSeq } from 'yaml'
import { taskKeys } from './schema.ts'
import type { TaskProblem } from './task.ts'

type Said = { message: string; suggestion?: string; from?: number; to?: number; fix?: string }

/** What is wrong with the YAML itself, in plain words: the first error, as those behind it mostly follow from it; of tabs, all. */
export function syntaxProblems(text: string, lines: LineCounter, document: Document.Parsed): TaskProblem[] {
  const errors: YAMLError[] = [...document.errors, ...document.warnings]
  const shown = errors.filter(({ code }, i) => i === 0 || (code === 'TAB_AS_INDENT' && errors[0]!.code === code)).slice(0, 100)
  return shown.map((error) => {
    const from = Math.min(error.pos[0], text.length)
    const said = { from, to: Math.max(from, Math.min(error.pos[1], text.length)), ...inWords(error, text, document) }
    const { line, col } = lines.linePos(said.from)
    const { message, suggestion = '', to, fix = null } = said
    return { code: 'task.yaml', message, suggestion, path: '', from: said.from, to, line, column: col, fix }
  })
}

function inWords(error: YAMLError, text: string, document: Document.Parsed): Said {
  const from = Math.min(error.pos[0], text.length)
  const end = lineEnd(text, from)
  const rest = text.slice(from, end).trimEnd()
  const toEnd = { from, to: from + rest.length }
  switch (error.code) {
    case 'TAB_AS_INDENT': {
      const start = text.lastIndexOf('\n', from - 1) + 1
      const indent = /^[ \t]*/.exec(text.slice(start))![0]
      const fix = indent.replaceAll('\t', '  ')
      return { message: 'This line begins with a tab; YAML wants spaces.', from: start, to: start + indent.length, fix }
    }
    case 'BLOCK_AS_IMPLICIT_KEY':
      return /:(\s|$)/.test(rest)
        ? {
            message: 'There is a second colon on this line.',
            suggestion: 'Put the value in quotes, or write it below, after `|`.',
            ...toEnd,
            fix: JSON.stringify(rest),
          }
        : {
            message: 'This line has a value, and the next one is further in as if it had none.',
            suggestion: 'Write a longer text below, after `|`.',
            ...toEnd,
          }
    case 'MULTILINE_IMPLICIT_KEY': {
      const fix = withColon(rest)
      return {
        message: 'There is no colon with a space behind the key.',
        suggestion: fix ? '' : 'Write `key: value`.',
        ...toEnd,
        ...(fix ? { fix } : {}),
      }
    }
    case 'BAD_INDENT':
      return /^Flow/.test(error.message)
        ? notClosed(text, openBefore(document, from), { from, to: from })
        : {
            message: 'This line does not begin in the column of the lines it belongs to.',
            suggestion: 'Keys of one map begin in one column.',
            ...toEnd,
            from: from + rest.length - rest.trimStart().length,
          }
    case 'MISSING_CHAR': {
      if (/quote|^Flow/.test(error.message)) return notClosed(text, openBefore(document, from), { from, to: from })
      const fix = withColon(rest)
      return { message: 'A key must be followed by a colon and a value.', ...toEnd, ...(fix ? { fix } : {}) }
    }
    case 'BAD_SCALAR_START':
      return {
        message: `A value cannot begin with ${text[from]}.`,
        suggestion: 'Put it in quotes.',
        ...toEnd,
        fix: JSON.stringify(rest),
      }
    case 'BAD_DQ_ESCAPE':
      return {
        message: `\`${text.slice(from, from + 2)}\` means nothing inside double quotes.`,
        suggestion: 'Use single quotes, or double the backslash.',
        from,
        to: Math.min(from + 2, text.length),
        fix: `\\${text.slice(from, from + 2)}`,
      }
    case 'TAG_RESOLVE_FAILED':
      return {
        message: `\`${text.slice(from, error.pos[1])}\` is a tag of YAML, which tasks do not have.`,
        suggestion: 'Delete it, or put the value in quotes.',
      }
    case 'BAD_DIRECTIVE':
      return {
        message: 'Lines that begin with % are for YAML itself, which tasks do not need.',
        suggestion: 'Delete the line.',
        ...toEnd,
      }
    case 'RESOURCE_EXHAUSTION':
      return { message: 'Lists and maps are nested too deeply here.' }
    case 'UNEXPECTED_TOKEN':
      return /same line with key/.test(error.message)
        ? { message: 'A list begins on the line below its key.', ...toEnd }
        : text[from - 1] === "'"
          ? { message: "Inside single quotes a ' must be doubled.", suggestion: 'Use double quotes around the text.', ...toEnd }
          : /header/.test(error.message)
            ? { message: 'Behind `|` the text begins on the next line.', ...toEnd }
            : {
                message: `\`${rest.slice(0, 40) || 'The end'}\` cannot stand here.`,
                suggestion: 'Look for a quote, bracket or indentation before it.',
                ...toEnd,
              }
    default:
      return { message: `${error.message.split('\n')[0]!.replace(/\.$/, '')}.` }
  }
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end === -1 ? text.length : end
}

/** The last thing with an end of its own (quotes, brackets) that was open where its end was missed. */
function openBefore(document: Document, missedAt: number): number | null {
  let found: number | null = null
  const look = (node: Scalar | YAMLMap | YAMLSeq) => {
    const [from, to] = node.range ?? [0, 0]
    if (from < missedAt && to >= missedAt - 1) found = from
  }
  visit(document, {
    Collection: (_, node) => void (node.flow && look(node as YAMLMap | YAMLSeq)),
    Scalar: (_, node) => void (/^QUOTE/.test(node.type ?? '') && look(node)),
  })
  return found
}

function notClosed(text: string, open: number | null, missed: { from: number; to: number }): Said {
  return open === null
    ? { message: 'A quote or bracket before this is not closed.', ...missed }
    : { message: `The ${text[open]} here is not closed.`, from: open, to: Math.max(open + 1, lineEnd(text, open)) }
}

/** `name my-task` and `name:my-task`, as they were meant. */
export function withColon(line: string): string | null {
  const [, key, value] = /^(\w+)(?::|\s)\s*(\S.*)$/.exec(line) ?? []
  return key !== undefined && Object.hasOwn(taskKeys, key) ? `${key}: ${value}` : null
}
