import { StyxError } from '../../shared/error.ts'
import { visibleGpus } from '../../shared/holders.ts'
import type { Node } from '../../shared/node.ts'
import type { Progress } from '../../shared/operation.ts'
import type { JobRecord } from '../storage/job-records.ts'
import { gpusOf, requireTaskOf } from './check-request.ts'
import { rankFiles } from './job-script.ts'
import type { JobNode, Runner } from './runner.ts'
import { sendFiles } from './send-files.ts'

/** Sends a job to its nodes: its files, then itself. Doing it again is safe. @throws StyxError */
export async function sendJob(given: {
  runner: Runner
  /** The folder `resources` of this installation. */
  resources: string
  record: JobRecord
  /** By rank. */
  nodes: { node: Node; at: JobNode }[]
  secrets: Record<string, string>
  /** A rank is about to begin: sooner than its node's journal says so. */
  onBegin(rank: number): void
  report(progress: Progress): void
  /** A line for the job's log. */
  say(text: string): void
  signal: AbortSignal
}): Promise<void> {
  const { record, nodes, runner, signal } = given
  const { job, work } = record
  const task = requireTaskOf(record)
  const values = { ...task.envs, ...work.envs, ...given.secrets }
  await sendFiles(
    task,
    nodes.map(({ at }) => at),
    given,
  )
  signal.throwIfAborted()
  const submitted = nodes.map(async ({ node, at }, rank) => {
    const files = rankFiles({
      job,
      rank,
      taskId: work.taskId,
      ips: nodes.map((one) => one.node.innerIp ?? ''),
      gpusOfNode: gpusOf(node).length,
      only: visibleGpus(node),
      start: job.runner === 'ray' ? 'ray' : job.ranks.length > 1 ? 'gang' : 'turn',
      values: Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== null)),
      setup: task.setup,
      run: task.run,
    })
    if ((await runner.submit(at, job.id, files, signal)) === 'begins') given.onBegin(rank)
  })
  // None is on its way any more when they are taken back.
  for (const one of await Promise.allSettled(submitted)) if (one.status === 'rejected') throw one.reason
}

/** Values of secrets are kept for the time until a job is sent only in a keyring or in memory. */
export const secretsLost = (names: string[]) =>
  new StyxError({
    code: 'job.secrets-lost',
    what: 'The values of its secrets are not here any more',
    where: names.join(', '),
    why: 'Styx was restarted before the job was sent, and there is no keyring on this machine to keep them in meanwhile.',
    suggestion: 'Run it again and give them anew.',
  })
