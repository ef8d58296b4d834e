import type { Readable } from 'node:stream'
import type { Exit, Transport } from './transport.ts'

export type Captured = Exit & { stdout: string; stderr: string; timedOut: boolean }

/** More than this of either stream is read and dropped, in bytes. */
const KEPT_BYTES = 1024 * 1024

/**
 * Runs a program to its end and answers with what it said (UTF-8, at most 1 MiB of each stream). After `timeout_ms` it is ended, and
 * what it had said until then is the answer.
 * @throws what `exec` throws, and the signal's reason when that aborts.
 */
export async function capture(
  transport: Pick<Transport, 'exec'>,
  argv: readonly [string, ...string[]],
  options: { cwd?: string; stdin?: string; timeout_ms: number; signal: AbortSignal },
): Promise<Captured> {
  const { signal, timeout_ms, cwd = '/' } = options // the home folder may be what is broken
  signal.throwIfAborted()
  const stop = new AbortController()
  const abort = () => stop.abort(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    stop.abort()
  }, timeout_ms)
  try {
    const process = await transport.exec(argv, { cwd, signal: stop.signal })
    process.stdin.on('error', () => {}) // it may end without reading
    process.stdin.end(options.stdin)
    // What was ended may have left a child outside its group that still holds the pipes.
    const ended = process.exit.then((exit) => {
      if (stop.signal.aborted) for (const stream of [process.stdout, process.stderr]) stream.destroy()
      return exit
    })
    const [stdout, stderr, exit] = await Promise.all([text(process.stdout), text(process.stderr), ended])
    signal.throwIfAborted()
    return { ...exit, stdout, stderr, timedOut }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}

function text(stream: Readable): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  stream.on('data', (chunk: Buffer) => {
    if (bytes < KEPT_BYTES) chunks.push(chunk)
    bytes += chunk.length
  })
  return new Promise((resolve) => {
    stream.on('error', () => {}) // a lost connection shows in the exit
    stream.once('close', () => resolve(Buffer.concat(chunks).toString('utf8').slice(0, KEPT_BYTES)))
  })
}
