import { rm } from 'node:fs/promises'
import { durationWords } from '../../shared/duration-words.ts'
import { memoryWords } from '../../shared/memory-words.ts'
import type { Progress } from '../../shared/operation.ts'
import { fetcherOf } from '../../shared/task/far-source.ts'
import type { GitSource, Task } from '../../shared/task/task.ts'
import { fetchTo } from '../files/fetch.ts'
import { checkOut, checkOutHere } from '../files/git.ts'
import { folderOf, listSource, sync } from '../files/sync.ts'
import { expanded } from './check-request.ts'
import type { JobNode } from './runner.ts'

/** How often the log says how far it is. */
const SAID_EVERY_MS = 5_000

export type SendingFiles = {
  /** The folder `resources` of this installation. */
  resources: string
  report(progress: Progress): void
  /** A line for the job's log. */
  say(text: string): void
  signal: AbortSignal
}

/**
 * Makes all nodes of a job, side by side, hold its task's workdir and file_mounts; only what differs is sent. When one fails, none is sent
 * to any more.
 * @throws StyxError `job.files-unreadable` | `job.node-gone` | `files.…`
 */
export async function sendFiles(task: Task, nodes: JobNode[], to: SendingFiles): Promise<void> {
  const mounts = Object.entries<string | GitSource>(task.fileMounts)
  if (task.workdir !== null) mounts.unshift(['.', task.workdir])
  const stop = new AbortController()
  const abort = () => stop.abort(to.signal.reason)
  to.signal.addEventListener('abort', abort, { once: true })
  try {
    to.signal.throwIfAborted()
    for (const [target, source] of mounts) {
      const how = { ...to, signal: stop.signal }
      if (typeof source !== 'string') await cloneOnAll(source, nodes, how, stop)
      else if (fetcherOf(source) !== null) await fetchOnAll(source, target, nodes, how, stop)
      else await sendOne(expanded(source), target, nodes, how, stop)
    }
  } finally {
    to.signal.removeEventListener('abort', abort)
  }
}

async function sendOne(source: string, target: string, nodes: JobNode[], to: SendingFiles, stop: AbortController): Promise<void> {
  const { report, say, signal, resources } = to
  const began = performance.now()
  report({ text: `Looking through ${source}`, fraction: null })
  const list = await listSource(source, signal)
  const place = target === '.' ? 'the workdir' : target
  const machines = nodes.length === 1 ? '' : ` of ${nodes.length} nodes`
  say(`Sending ${source} to ${place}${machines}: ${amount(list.files, list.bytes)}, of which what differs`)

  const far = nodes.map(() => ({ files: 0, bytes: 0, sent: 0 }))
  let saidAt = began
  const tell = () => {
    const [bytes, sent] = [sum(far.map((one) => one.bytes)), sum(far.map((one) => one.sent))]
    const slowest = far.reduce((a, b) => (b.sent * a.bytes < a.sent * b.bytes ? b : a))
    const behind =
      nodes.length > 1 && slowest.sent < slowest.bytes ? ` (node ${far.indexOf(slowest)} has ${sizeWords(slowest.sent)})` : ''
    const text = `Sending ${source}: ${sizeWords(sent)} of ${sizeWords(bytes)}${behind}`
    report({ text, fraction: bytes === 0 ? null : Math.min(1, sent / bytes) })
    if (performance.now() - saidAt < SAID_EVERY_MS) return
    saidAt = performance.now()
    say(text)
  }
  await onAll(nodes, stop, async (node, i) => {
    const progress = (found: { files: number; bytes: number; sent: number }) => {
      far[i] = found
      tell()
    }
    const done = await sync(node, list, { source, target, resources, progress, signal })
    const took = durationWords(performance.now() - began)
    if (done === null) say(`${on(nodes, i)}${source} is where it is wanted already`)
    else say(`${on(nodes, i)}Sent ${done.files === 0 ? 'nothing, all was there' : amount(done.files, done.bytes)}, after ${took}`)
  })
}

/** Each node fetches for itself. */
async function fetchOnAll(url: string, target: string, nodes: JobNode[], to: SendingFiles, stop: AbortController): Promise<void> {
  const began = performance.now()
  to.report({ text: `Fetching ${url}`, fraction: null })
  to.say(`Fetching ${url} to ${target}, by the nodes themselves`)
  await onAll(nodes, stop, async (node, i) => {
    await fetchTo(node, url, target, to.resources, to.signal)
    to.say(`${on(nodes, i)}Fetched after ${durationWords(performance.now() - began)}`)
  })
}

/** Each node by its own git; what one cannot have so is fetched here, once, and sent. */
async function cloneOnAll(source: GitSource, nodes: JobNode[], to: SendingFiles, stop: AbortController): Promise<void> {
  const { url, ref } = source
  to.report({ text: `Fetching ${url}`, fraction: null })
  to.say(`Fetching ${ref === null ? '' : `${ref} of `}${url} to the workdir, by the nodes themselves`)
  const unable: JobNode[] = []
  await onAll(nodes, stop, async (node, i) => {
    const folder = await folderOf(node, '.', to.resources, to.signal)
    const outcome = await checkOut(node.transport, folder, source, to.resources, to.signal)
    if (outcome.is === 'done') return to.say(`${on(nodes, i)}At ${outcome.commit}`)
    to.say(
      `${on(nodes, i)}${outcome.is === 'no-git' ? 'Git is not installed there' : `Git did not get it: ${outcome.said.trim()}`}`,
    )
    unable.push(node)
  })
  if (unable.length === 0) return
  to.say('Fetching it here, to send it')
  const { folder, commit } = await checkOutHere(source, to.resources, to.signal)
  try {
    to.say(`At ${commit}`)
    await sendOne(folder, '.', unable, to, stop)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Does it for all nodes side by side; the first failure ends it for all. */
async function onAll(nodes: JobNode[], stop: AbortController, work: (node: JobNode, i: number) => Promise<void>): Promise<void> {
  const all = nodes.map((node, i) =>
    work(node, i).catch((error: unknown) => {
      stop.abort(error)
      throw error
    }),
  )
  const [failed] = (await Promise.allSettled(all)).filter((one) => one.status === 'rejected')
  if (failed) throw stop.signal.reason ?? failed.reason // the first one's
}

const on = (nodes: JobNode[], i: number) => (nodes.length === 1 ? '' : `Node ${i}: `)
const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0)
const amount = (files: number, bytes: number) =>
  `${files.toLocaleString('en')} ${files === 1 ? 'file' : 'files'}, ${sizeWords(bytes)}`
const sizeWords = (bytes: number) => (bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} KiB` : memoryWords(bytes / 2 ** 20))
