import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { StyxError } from '../../shared/error.ts'
import type { JobRequest } from '../../shared/job.ts'
import { heldGpus } from '../../shared/holders.ts'
import type { Node } from '../../shared/node.ts'
import { fetcherOf } from '../../shared/task/far-source.ts'
import { parseTasks, withoutSecretValues } from '../../shared/task/parse.ts'
import type { Task, TaskProblem } from '../../shared/task/task.ts'
import type { JobRecord } from '../storage/job-records.ts'
import { matchesGpu } from './gpu-name.ts'

/**
 * The task that a request asks for. Pure.
 * @throws StyxError `task.invalid` with the first mistake, its place and its fix; `task.no-document`; `task.value-missing`;
 *   `task.odd-name`; `task.odd-value`
 */
export function requireTask(request: JobRequest): Task {
  const { tasks, problems } = parseTasks(request.yaml)
  if (problems.length > 0) throw invalid(problems)
  const { task } = tasks[request.document ?? 0] ?? {}
  if (!task)
    throw new StyxError({
      code: 'task.no-document',
      what: tasks.length === 0 ? 'There is no task in this file' : 'There is no such document in this file',
      where: `document ${(request.document ?? 0) + 1}`,
      suggestion: tasks.length === 0 ? 'Write at least `run:` with a command.' : `It has ${tasks.length}.`,
    })
  for (const [kind, given] of [
    ['envs', { ...task.envs, ...request.envs }],
    ['secrets', { ...task.secrets, ...request.secrets }],
  ] as const) {
    const missing = Object.entries(given).flatMap(([name, value]) => (value === null ? [name] : []))
    if (missing.length > 0) throw valueMissing(kind, missing)
    const odd = Object.keys(given).find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    if (odd !== undefined) throw oddName(kind, odd)
    const cut = Object.entries(given).find(([, value]) => value?.includes('\0'))
    if (cut) throw oddValue(kind, cut[0])
  }
  return task
}

/** The one document that is asked for, without the values of secrets: what is kept of the file. Pure. */
export function keptText(request: JobRequest): string {
  const text = withoutSecretValues(request.yaml)
  const { tasks } = parseTasks(text)
  const n = request.document ?? 0
  // With the comments before it.
  return text.slice(tasks[n - 1]?.to ?? 0, n === tasks.length - 1 ? text.length : tasks[n]?.to)
}

/** The task of a job that was accepted. */
export function requireTaskOf({ yaml }: JobRecord): Task {
  const { task } = parseTasks(yaml).tasks[0] ?? {}
  if (!task) throw new StyxError({ code: 'task.no-document', what: 'The task of this job cannot be read any more' })
  return task
}

/**
 * Does the task fit on nodes with these GPUs? Answers with those that it takes of each, null for the whole node alone. Pure.
 * @throws StyxError `job.too-many-nodes` | `job.gpus-missing`
 */
export function requireRoom(task: Task, nodes: string[][]): number | null {
  if (task.numNodes > nodes.length)
    throw new StyxError({
      code: 'job.too-many-nodes',
      what: 'The cluster has too few nodes',
      where: 'num_nodes',
      why: `The task asks for ${task.numNodes}, the cluster has ${nodes.length}.`,
      suggestion: `Set num_nodes to ${nodes.length} or less, or run it on a larger cluster.`,
    })
  const used = nodes.slice(0, task.numNodes)
  const room = roomOn(task, used)
  if (room === undefined) throw gpusMissing(task, used)
  return room
}

/** Has a node with these GPUs what the task asks for? Pure. */
export const fits = (task: Task, gpus: string[]): boolean => roomOn(task, [gpus]) !== undefined

/** What the task takes of each of these nodes, as `requireRoom` says it; undefined: they have not what it asks for. */
function roomOn(task: Task, nodes: string[][]): number | null | undefined {
  if (task.resources.length === 0) return null
  for (const { accelerators } of task.resources) {
    if (accelerators.length === 0) return null
    for (const { name, count } of accelerators) {
      const gpus = Math.max(1, Math.ceil(count)) // SkyPilot's 0.5 shares a GPU; here it takes it whole
      if (nodes.every((node) => node.filter((gpu) => matchesGpu(name, gpu)).length >= gpus)) return gpus
    }
  }
  return undefined
}

/** @throws StyxError `job.workdir-missing` | `job.file-missing`, so that nothing is begun that cannot be sent. */
export async function requireSources(task: Task): Promise<void> {
  if (typeof task.workdir === 'string') {
    const path = expanded(task.workdir)
    const found = await stat(path).catch(() => null)
    if (!found?.isDirectory())
      throw new StyxError({
        code: 'job.workdir-missing',
        what: found ? 'The workdir is not a folder' : 'The workdir is not there',
        where: path,
        why: `The task names it: workdir: ${task.workdir}`,
        suggestion: 'Make the folder, or name another one in the task.',
      })
  }
  for (const [target, source] of Object.entries(task.fileMounts)) {
    if (fetcherOf(source) !== null) continue // the node finds out
    const path = expanded(source)
    if (await stat(path).catch(() => null)) continue
    throw new StyxError({
      code: 'job.file-missing',
      what: 'A file of the task is not there',
      where: path,
      why: `The task names it in file_mounts: ${target}: ${source}`,
      suggestion: 'Make it, or name another one in the task.',
    })
  }
}

/** A path of this computer as the task names it. */
export const expanded = (path: string) => (/^~(?=\/|$)/.test(path) ? join(homedir(), path.slice(1)) : path)

/** The names of the GPUs that the cluster holds on a node. */
export const gpusOf = (node: Node): string[] => heldGpus(node).map(({ name }) => name)

function invalid(problems: TaskProblem[]): StyxError {
  const { line, column, path, message, suggestion, fix } = problems[0] as TaskProblem
  const more = problems.length - 1
  return new StyxError({
    code: 'task.invalid',
    what: problems.length === 1 ? 'The task has a mistake' : `The task has ${problems.length} mistakes`,
    where: [`line ${line}, column ${column}`, path].filter(Boolean).join(': '),
    why: message,
    suggestion: [
      suggestion,
      fix ? `It should be: ${fix}` : '',
      more > 0 ? `Then there ${more === 1 ? 'is 1 more' : `are ${more} more`}.` : '',
    ]
      .filter(Boolean)
      .join(' '),
    detail: problems.map((one) => `${one.line}:${one.column} ${one.path} ${one.message} ${one.suggestion}`.trim()).join('\n'),
  })
}

const valueMissing = (kind: 'envs' | 'secrets', names: string[]) =>
  new StyxError({
    code: 'task.value-missing',
    what: names.length === 1 ? `${names[0]} has no value` : `${names.join(', ')} have no value`,
    where: kind,
    why: 'The task leaves it open, so that it is given when the task is run.',
    suggestion: kind === 'envs' ? 'Give it a value, or write an empty one in the file: "".' : 'Give it a value.',
  })

const oddValue = (kind: string, name: string) =>
  new StyxError({
    code: 'task.odd-value',
    what: 'A variable cannot have this value',
    where: `${kind}.${name}`,
    why: 'It has a NUL character in it, at which every program would take it to end.',
    suggestion: 'Give it as text, base64 for instance.',
  })

const oddName = (kind: string, name: string) =>
  new StyxError({
    code: 'task.odd-name',
    what: 'A variable cannot have this name',
    where: `${kind}.${name}`,
    suggestion: 'Letters, digits and _, not beginning with a digit.',
  })

function gpusMissing(task: Task, nodes: string[][]): StyxError {
  const asked = task.resources.flatMap((one) => one.accelerators.map(({ name, count }) => `${name}:${count}`)).join(' or ')
  const least = nodes.reduce((a, b) => (b.length < a.length ? b : a), nodes[0] ?? [])
  return new StyxError({
    code: 'job.gpus-missing',
    what: 'The cluster does not have these GPUs',
    where: 'resources.accelerators',
    why: `The task asks for ${asked}; a node has ${least.length === 0 ? 'no NVIDIA GPU' : counted(least)}.`,
    suggestion: 'Ask for what is there, leave accelerators out (it then has the whole node alone), or use another cluster.',
  })
}

function counted(gpus: string[]): string {
  const names = new Map<string, number>()
  for (const name of gpus) names.set(name, (names.get(name) ?? 0) + 1)
  return [...names].map(([name, count]) => `${count} × ${name}`).join(', ')
}
