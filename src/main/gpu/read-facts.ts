import { capture } from '../transports/capture.ts'
import { nodeScript } from '../transports/node-script.ts'
import type { Transport } from '../transports/transport.ts'
import { type MachineReport, parseFacts } from './facts.ts'

/** A wedged nvidia-smi or a home on a dead file server: the rest is told without it. */
const FACTS_MS = 20_000

/**
 * Asks a machine what it is, and, where that is wanted, what computes on its GPUs. Changes nothing there.
 * @throws StyxError `facts.unreadable`, and what the transport throws
 */
export async function readFacts(
  transport: Transport,
  resources: string,
  signal: AbortSignal,
  also: 'processes' | '' = '',
): Promise<MachineReport> {
  const answer = await capture(transport, await nodeScript(resources, 'facts', also), { timeout_ms: FACTS_MS, signal })
  return parseFacts(answer.stdout || answer.stderr)
}
