import { durationWords } from '../../shared/duration-words.ts'
import { memoryWords } from '../../shared/memory-words.ts'
import type { Progress } from '../../shared/operation.ts'
import type { Task } from '../../shared/task/task.ts'
import { listSource, sync } from '../files/sync.ts'
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
  const mounts = Object.entries(task.fileMounts)
  if (task.workdir !== null) mounts.unshift(['.', task.workdir])
  const stop = new AbortController()
  const abort = () => stop.abort(to.signal.reason)
  to.signal.addEventListener('abort', abort, { once: true })
  try {
    to.signal.throwIfAborted()
    for (const [target, source] of mounts) await sendOne(expanded(source), target, nodes, { ...to, signal: stop.signal }, stop)
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
  const all = nodes.map(async (node, i) => {
    try {
      const progress = (found: { files: number; bytes: number; sent: number }) => {
        far[i] = found
        tell()
      }
      const done = await sync(node, list, { source, target, resources, progress, signal })
      const on = nodes.length === 1 ? '' : `Node ${i}: `
      const took = durationWords(performance.now() - began)
      if (done === null) say(`${on}${source} is where it is wanted already`)
      else say(`${on}Sent ${done.files === 0 ? 'nothing, all was there' : amount(done.files, done.bytes)}, after ${took}`)
    } catch (error) {
      stop.abort(error)
      throw error
    }
  })
  const [failed] = (await Promise.allSettled(all)).filter((one) => one.status === 'rejected')
  if (failed) throw signal.reason ?? failed.reason // the first one's
}

const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0)
const amount = (files: number, bytes: number) =>
  `${files.toLocaleString('en')} ${files === 1 ? 'file' : 'files'}, ${sizeWords(bytes)}`
const sizeWords = (bytes: number) => (bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} KiB` : memoryWords(bytes / 2 ** 20))
