import { realpath } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { durationWords } from '../../shared/duration-words.ts'
import { StyxError } from '../../shared/error.ts'
import { memoryWords } from '../../shared/memory-words.ts'
import type { Progress } from '../../shared/operation.ts'
import type { Task } from '../../shared/task/task.ts'
import { expanded } from './check-request.ts'
import { listFiles } from './file-list.ts'
import type { JobNode, Runner } from './runner.ts'

/** How often the log says how far it is. */
const SAID_EVERY_MS = 5_000

export type Sending = {
  runner: Runner
  report(progress: Progress): void
  /** A line for the job's log. */
  say(text: string): void
  signal: AbortSignal
}

/**
 * Sends a task's workdir and file_mounts to a node: one stream of tar for each, over whatever leads there.
 * @throws StyxError `job.files-unreadable` | `job.disk-full` | `job.refused`
 */
export async function sendFiles(task: Task, node: JobNode, to: Sending): Promise<void> {
  if (task.workdir !== null) await sendOne(expanded(task.workdir), '.', node, to)
  for (const [target, source] of Object.entries(task.fileMounts)) await sendOne(expanded(source), target, node, to)
}

async function sendOne(source: string, target: string, node: JobNode, { runner, report, say, signal }: Sending): Promise<void> {
  const began = performance.now()
  report({ text: `Looking through ${source}`, fraction: null })
  const path = await realpath(source).catch((error: unknown) => Promise.reject(unreadable(source, error)))
  // Unpacked over itself, a file would be lost were it cut in the middle.
  if (node.isHere && (await realpath(expanded(target)).catch(() => null)) === path) {
    say(`${source} is where it is wanted already`)
    return
  }
  const list = await listFiles(path, signal).catch((error: unknown) => {
    signal.throwIfAborted()
    throw unreadable(source, error)
  })
  const isFile = list.cwd !== path
  const place = target === '.' ? 'the workdir' : target
  const size = `${list.files.toLocaleString('en')} ${list.files === 1 ? 'file' : 'files'}, ${sizeWords(list.bytes)}`
  say(`Sending ${source} to ${place}: ${size}`)

  const { create } = await import('tar') // only who sends files pays for it
  let sent = 0
  let saidAt = began
  const counted = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      yield chunk
      sent += chunk.length
      // Headers and padding are sent too: it is never more than all.
      const fraction = list.bytes === 0 ? null : Math.min(1, sent / list.bytes)
      const text = `Sending ${source}: ${sizeWords(Math.min(sent, list.bytes))} of ${sizeWords(list.bytes)}`
      report({ text, fraction })
      if (performance.now() - saidAt < SAID_EVERY_MS) continue
      saidAt = performance.now()
      say(text)
    }
  }
  const options = { cwd: list.cwd, portable: true, noDirRecurse: true }
  // A file is put where the target says, under the name that it has there.
  const name = isFile ? basename(target) : null
  const onWriteEntry = (entry: { path: string }) => {
    if (name !== null) entry.path = name
  }
  const folder = isFile ? dirname(target) : target
  await runner.unpack(
    node,
    folder,
    async (stdin) => {
      try {
        await pipeline(
          create({ ...options, onWriteEntry }, list.paths.map(literal)) as unknown as AsyncIterable<Uint8Array>,
          counted,
          stdin,
          { signal },
        )
      } catch (error) {
        const code = (error as { code?: string }).code ?? ''
        if (signal.aborted || code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE') throw error
        throw unreadable(source, error)
      }
    },
    signal,
  )
  say(`Sent after ${durationWords(performance.now() - began)}`)
}

const sizeWords = (bytes: number) => (bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} KiB` : memoryWords(bytes / 2 ** 20))

/** `@NAME` would be read as an archive to take over. */
const literal = (path: string) => (path.startsWith('@') ? `./${path}` : path)

const unreadable = (source: string, error: unknown) =>
  new StyxError({
    code: 'job.files-unreadable',
    what: 'A file of the task cannot be read',
    where: source,
    why: error instanceof Error ? error.message : String(error),
    suggestion: 'Give yourself the right to read it, or name it in .skyignore so that it is not sent. Then run it again.',
    retryable: true,
  })
