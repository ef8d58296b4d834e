import { createInterface } from 'node:readline'
import { StyxError } from '../../shared/error.ts'
import { type NodeScript, nodeScript } from '../transports/node-script.ts'
import type { Transport } from '../transports/transport.ts'
import { refusal } from './refusal.ts'

/** More than these of what it said are not kept. */
const KEPT_LINES = 400

export type ScriptAccess = {
  transport: Transport
  /** The folder `resources` of this installation. */
  resources: string
  signal: AbortSignal
  /** How the node is called in an error. */
  where: string
}

/**
 * Runs one of resources/node/ray-*.sh to its end; each line of its output is told as it comes.
 * @returns what it printed, the last {@link KEPT_LINES} lines
 * @throws StyxError of {@link refusal} where it ended with anything but 0, and what the transport throws
 */
export async function runScript(
  { transport, resources, signal, where }: ScriptAccess,
  name: Extract<NodeScript, `ray-${string}`>,
  args: readonly string[],
  options: { stdin?: string; onLine?: (line: string) => void } = {},
): Promise<string[]> {
  signal.throwIfAborted()
  const process = await transport.exec(await nodeScript(resources, name, ...args), { cwd: '/', signal })
  process.stdin.on('error', () => {}) // it may end without reading
  process.stdin.end(options.stdin)
  const lines: string[] = []
  const errors: string[] = []
  const said = createInterface({ input: process.stdout })
  said.on('line', (line) => {
    keep(lines, line)
    options.onLine?.(line)
  })
  const complaints = createInterface({ input: process.stderr })
  complaints.on('line', (line) => keep(errors, line))
  const ends = [said, complaints].map((reader) => new Promise((resolve) => reader.once('close', resolve)))
  const exit = await process.exit
  signal.throwIfAborted()
  // What it started may hold its output: what it said itself has come by then.
  await Promise.race([Promise.all(ends), new Promise((resolve) => setTimeout(resolve, 2000).unref())])
  said.close()
  complaints.close()
  if (exit.code === 0) return lines
  if (exit.code === null && exit.signal === null)
    throw new StyxError({
      code: 'ray.cut-off',
      what: 'The connection was lost in the middle',
      where,
      suggestion: 'It is gone on with as soon as the machine answers: retry.',
      retryable: true,
    })
  throw refusal(where, [...lines, ...errors])
}

function keep(lines: string[], line: string): void {
  lines.push(line)
  if (lines.length > KEPT_LINES) lines.shift()
}
