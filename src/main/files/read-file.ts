import { posix } from 'node:path'
import type { Download } from '../byte-stream.ts'
import { LOOK_FOR_FILE } from '../transports/copy-scripts.ts'
import { answerOf, lastWords, refused } from '../transports/node-answer.ts'
import type { Transport } from '../transports/transport.ts'

const LOOK_MS = 20_000

/**
 * A file of a node for the user's disk: read on the node only as fast as it is taken here. Where it breaks off, the bytes end with an error.
 * @param path absolute
 * @throws StyxError `files.refused` | `files.lost`, and what the transport throws
 */
export async function readFileOf(transport: Transport, path: string, signal: AbortSignal): Promise<Download> {
  await answerOf(transport, ['sh', '-c', LOOK_FOR_FILE, 'styx-read', path], path, { timeout_ms: LOOK_MS, signal })
  return { name: posix.basename(path), bytes: bytesOf(transport, path, signal) }
}

async function* bytesOf(transport: Transport, path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const child = await transport.exec(['sh', '-c', 'exec cat <"$1"', 'styx-read', path], { cwd: '/', signal })
  child.stdin.on('error', () => {}) // it may end without reading
  child.stdin.end()
  const said = lastWords(child.stderr)
  let whole = false
  try {
    yield* child.stdout as AsyncIterable<Buffer>
    whole = true
  } finally {
    if (!whole) child.kill('TERM')
  }
  const exit = await child.exit
  signal.throwIfAborted()
  if (exit.code !== 0) throw refused(path, said(), exit)
}
