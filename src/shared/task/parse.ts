import { isMap, isScalar, LineCounter, parseAllDocuments, visit } from 'yaml'
import type { Task, TaskProblem } from './task.ts'

/** What is in a task file: its tasks in order, and everything that is wrong with it. A task with any problem is not to be run. */
export type ParsedTasks = { tasks: { task: Task; from: number; to: number }[]; problems: TaskProblem[] }

/** Reads SkyPilot's task YAML. Pure, never throws. Offsets are UTF-16 units of `text`. */
export function parseTasks(text: string): ParsedTasks {
  const lines = new LineCounter()
  const problems: TaskProblem[] = []
  const tasks: ParsedTasks['tasks'] = []
  for (const document of parseAllDocuments(text, { lineCounter: lines })) {
    if (!('contents' in document)) continue
    for (const error of document.errors) {
      const at = lines.linePos(error.pos[0])
      problems.push({
        code: 'task.yaml',
        message: error.message,
        suggestion: '',
        path: '',
        from: error.pos[0],
        to: error.pos[1],
        line: at.line,
        column: at.col,
        fix: null,
      })
    }
    if (!isMap(document.contents)) continue
    const plain = document.toJS({ maxAliasCount: 0 }) as Record<string, unknown>
    const string = (key: string) => (typeof plain[key] === 'string' ? plain[key] : null)
    const strings = (key: string) =>
      Object.fromEntries(
        Object.entries((plain[key] ?? {}) as Record<string, unknown>).map(([name, value]) => [
          name,
          value === null ? null : String(value),
        ]),
      )
    const [from, , to] = document.range
    tasks.push({
      task: {
        name: string('name'),
        workdir: string('workdir'),
        numNodes: typeof plain.num_nodes === 'number' ? plain.num_nodes : 1,
        resources: [],
        envs: strings('envs'),
        secrets: strings('secrets'),
        fileMounts: strings('file_mounts') as Record<string, string>,
        setup: string('setup'),
        run: string('run'),
        autostop: null,
      },
      from,
      to,
    })
  }
  return { tasks, problems }
}

/** The text with the values of `secrets:` replaced by null; comments and layout stay. */
export function withoutSecretValues(text: string): string {
  const spans: [from: number, to: number][] = []
  for (const document of parseAllDocuments(text)) {
    if (!('contents' in document)) continue
    visit(document, {
      Pair(_, pair) {
        if (!isScalar(pair.key) || pair.key.value !== 'secrets' || !isMap(pair.value)) return
        for (const { value } of pair.value.items) if (isScalar(value) && value.range) spans.push([value.range[0], value.range[1]])
      },
    })
  }
  return spans.reduceRight((all, [from, to]) => `${all.slice(0, from)}null${all.slice(to)}`, text)
}
