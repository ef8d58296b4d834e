import { StyxError } from '../../shared/error.ts'
import { nodeGone } from '../files/sync.ts'
import { capture } from '../transports/capture.ts'
import { nodeScript } from '../transports/node-script.ts'
import type { Process } from '../transports/transport.ts'
import type { JobNode } from './runner.ts'

/** What job.sh does for the engine. */
type Verb = 'submit' | 'attend' | 'log' | 'when' | 'cancel' | 'holds' | 'begin' | 'remove'

/** Starts one verb of resources/node/job.sh on a node. @throws StyxError */
export async function startJobScript(
  resources: string,
  node: JobNode,
  verb: Verb,
  args: (string | number)[],
  signal: AbortSignal,
): Promise<Process> {
  const ids = [node.installationId, node.clusterId, node.nodeId]
  const argv = await nodeScript(resources, 'job', verb, ...ids, ...args.map(String))
  signal.throwIfAborted()
  const child = await node.transport.exec(argv, { signal })
  child.stdin.on('error', () => {}) // it may end without reading; its exit says why
  return child
}

/**
 * Runs a verb to its end and answers with what it printed.
 * @throws StyxError `job.node-gone` | `job.refused` with the node's own words | `job.no-answer`
 */
export async function askJobScript(
  resources: string,
  node: JobNode,
  verb: Verb,
  args: (string | number)[],
  given: { stdin?: string; timeout_ms: number; signal: AbortSignal },
): Promise<string> {
  const ids = [node.installationId, node.clusterId, node.nodeId]
  const argv = await nodeScript(resources, 'job', verb, ...ids, ...args.map(String))
  const answer = await capture(node.transport, argv, given)
  if (answer.timedOut) throw noAnswer(verb)
  if (/^no-node$/m.test(answer.stdout)) throw nodeGone()
  if (answer.code !== 0) throw refused(verb, answer.stderr || answer.stdout, answer.code ?? answer.signal ?? 'no exit code')
  return answer.stdout
}

/** What the node said when it did not take a job or a question about one. */
export function refused(verb: string, said: string, exit: string | number): StyxError {
  const last = said.trim().split('\n').at(-1) ?? ''
  const full = /no space left|quota exceeded/i.test(said)
  return new StyxError({
    code: full ? 'job.disk-full' : 'job.refused',
    what: full ? 'The node’s disk is full' : 'The node refused',
    where: verb,
    why: last || `The script ended with ${exit}.`,
    suggestion: full
      ? 'Free some space there (du -xh ~ | sort -h | tail shows what is large), then run it again.'
      : 'The raw text says more. Mend what it names, then run it again.',
    detail: said,
    retryable: true,
  })
}

const noAnswer = (verb: string) =>
  new StyxError({
    code: 'job.no-answer',
    what: 'The node did not answer in time',
    where: verb,
    why: 'A command in its folder did not end. A file server that is gone does that.',
    suggestion: 'Check that the node can be reached and its home folder listed, then run it again.',
    retryable: true,
  })
