import { type Document, isMap, isScalar, LineCounter, type Node, type YAMLMap } from 'yaml'
import { composed, MOST_DOCUMENTS, whyTooLarge } from './documents.ts'
import { readTask } from './read-task.ts'
import { entriesOf, knownEntries, type Reader, reader, report } from './reader.ts'
import { pipelineKeys } from './schema.ts'
import { syntaxProblems, withColon } from './syntax.ts'
import type { Task, TaskProblem } from './task.ts'

/**
 * What is in a task file: its tasks in order, without empty documents and without the header of a pipeline, and everything that is
 * wrong with it, in the order of the text. A task is as good as could be read; a file with any problem is not to be run.
 */
export type ParsedTasks = { tasks: { task: Task; from: number; to: number }[]; problems: TaskProblem[] }

/** Reads SkyPilot's task YAML. Pure, never throws. Offsets are UTF-16 units of `text`. */
export function parseTasks(text: string): ParsedTasks {
  const tooLarge = whyTooLarge(text)
  if (tooLarge) return { tasks: [], problems: [atStart('task.too-large', tooLarge)] }
  try {
    return read(text)
  } catch (error) {
    // The composer calls itself for what is nested, and its stack has an end.
    return {
      tasks: [],
      problems: [atStart('task.yaml', `This cannot be read as YAML: ${error instanceof Error ? error.message : error}.`)],
    }
  }
}

function read(text: string): ParsedTasks {
  const lines = new LineCounter()
  const documents = composed(text, lines)
  const problems: TaskProblem[] = []
  const tasks: ParsedTasks['tasks'] = []
  const filled = documents.filter(({ contents, errors }) => errors.length > 0 || !isNothing(contents))
  for (const [i, document] of filled.entries()) {
    const r = reader(text, lines, document)
    const broken = syntaxProblems(text, lines, document)
    const { contents } = document
    if (i === 0 && filled.length > 1 && isMap(contents) && isHeader(r, contents)) knownEntries(r, contents, '', pipelineKeys)
    else if (isMap(contents))
      tasks.push({ task: readTask(r, contents), from: startOf(documents, document), to: endOf(document, text) })
    else if (broken.length === 0) reportNoMap(r, contents as Node)
    // While the YAML itself is broken, what follows from it would only hide that.
    problems.push(...(broken.length > 0 ? broken : r.problems))
  }
  if (documents.length > MOST_DOCUMENTS)
    problems.push(atStart('task.too-large', `A file has at most ${MOST_DOCUMENTS} documents.`))
  return { tasks, problems: problems.sort((a, b) => a.from - b.from) }
}

/** Behind the document before it, so that comments at its head belong to it. */
const startOf = (documents: Document.Parsed[], document: Document.Parsed): number =>
  documents[documents.indexOf(document) - 1]?.range[2] ?? 0

/** The library counts an end of the line that a script cut short in a flow map does not have. */
const endOf = (document: Document.Parsed, text: string): number => Math.min(document.range[2], text.length)

const isNothing = (node: unknown) => node === null || (isScalar(node) && node.value === null && !node.source)

/** The first of several documents may only name them all. */
function isHeader(r: Reader, contents: YAMLMap): boolean {
  const names = entriesOf({ ...r, problems: [] }, contents, '').map(({ name }) => name)
  return names.every((name) => Object.hasOwn(pipelineKeys, name))
}

function reportNoMap(r: Reader, contents: Node): void {
  const written = isScalar(contents) ? (contents.source ?? '') : ''
  const fix = withColon(written)
  report(r, contents, {
    code: 'task.kind',
    path: '',
    message: isScalar(contents)
      ? 'A task is made of keys and values, as `run: echo hello`; this is only text.'
      : 'A task is made of keys and values, as `run: echo hello`; this is a list.',
    suggestion: fix ? 'A space is missing behind the colon.' : '',
    ...(fix ? { fix } : {}),
  })
}

function atStart(code: string, message: string): TaskProblem {
  return { code, message, suggestion: '', path: '', from: 0, to: 0, line: 1, column: 1, fix: null }
}

export { withoutSecretValues } from './secret-values.ts'
