import { type ParsedTasks, parseTasks, withoutSecretValues } from '../../../shared/task/parse.ts'
import type { Task, TaskProblem } from '../../../shared/task/task.ts'
import type { Given } from './draft.ts'
import type { TextChange } from './edit-text.ts'
import { endOf, find, outlineOf } from './outline.ts'

/** Something to be seen to at a place of the text: what keeps the task from running, or a secret that stands there for all to read. */
export type Mark = {
  code: string
  from: number
  to: number
  line: number
  tone: 'error' | 'warning'
  /** The whole sentence; `code` in it. */
  words: string
  fix: { label: string; change: TextChange } | null
  path: string
}

/** What a mistake says, and what to do about it. */
export function markOf({ code, from, to, line, message, suggestion, fix, path }: TaskProblem): Mark {
  const change = fix === null ? null : { label: 'Fix', change: { from, to, insert: fix } }
  return { code, from, to, line, tone: 'error', words: [message, suggestion].filter(Boolean).join(' '), fix: change, path }
}

/** A variable that the task needs and nobody gave a value: `['secrets', 'HF_TOKEN']`. */
export type Missing = { of: 'envs' | 'secrets'; name: string }

export function missingValues(task: Task | undefined, given: Given): Missing[] {
  if (!task) return []
  return (['envs', 'secrets'] as const).flatMap((of) =>
    Object.entries(task[of]).flatMap(([name, value]) => (value === null && !given[of][name] ? [{ of, name }] : [])),
  )
}

/** What is handed over beside the text: values for what it leaves open, and the secrets that stand in it, which are taken out. */
export function handedOver(task: Task | undefined, given: Given): Given {
  const open = (of: Missing['of']) =>
    Object.entries(task?.[of] ?? {}).flatMap(([name, value]): [string, string][] => {
      const typed = given[of][name]
      return value === null && typed ? [[name, typed]] : []
    })
  const written = Object.entries(task?.secrets ?? {}).filter((secret): secret is [string, string] => secret[1] !== null)
  return { envs: Object.fromEntries(open('envs')), secrets: Object.fromEntries([...written, ...open('secrets')]) }
}

/** A text without the values of its secrets, and these. As it is while its YAML is broken: what cannot be read is not taken apart. */
export function takenOut(text: string): { text: string; secrets: Record<string, string> } {
  const { tasks, problems } = parseTasks(text)
  if (problems.some(({ code }) => code === 'task.yaml' || code === 'task.too-large')) return { text, secrets: {} }
  const secrets = tasks.flatMap(({ task }) => Object.entries(task.secrets))
  return {
    text: withoutSecretValues(text),
    secrets: Object.fromEntries(secrets.filter((secret): secret is [string, string] => secret[1] !== null)),
  }
}

/** Secrets whose values stand in the text. */
export function secretMarks(text: string, { tasks, problems }: ParsedTasks): Mark[] {
  if (problems.length > 0) return []
  return tasks.flatMap((parsed) => {
    const outline = outlineOf(text, parsed.from)
    return Object.entries(parsed.task.secrets).flatMap(([name, value]): Mark[] => {
      const pair = outline && value !== null ? find(outline, ['secrets', name])?.pair : undefined
      if (!pair?.value?.range) return []
      const [from, to] = [pair.value.range[0], endOf(text, pair)]
      const line = text.slice(0, from).split('\n').length
      const words = `The value of \`${name}\` stands in the text, for all who see it.`
      const change = { from, to, insert: 'null' }
      return [
        {
          code: 'task.secret-in-text',
          from,
          to,
          line,
          tone: 'warning',
          words,
          fix: { label: 'Take it out', change },
          path: `secrets.${name}`,
        },
      ]
    })
  })
}

/** Is this what is wrong with the field? A key that was misspelt too. */
export const isAt = ({ path, fix }: Mark, field: string[]): boolean =>
  path === field.join('.') || (fix !== null && path.split('.').with(-1, fix.change.insert).join('.') === field.join('.'))
