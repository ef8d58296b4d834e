import type { Cluster } from '../../shared/cluster.ts'
import type { Job } from '../../shared/job.ts'
import type { Operation } from '../../shared/operation.ts'
import { operationWords } from './words.ts'

type Known = { jobs: readonly Job[]; operations: Record<string, Operation>; clusters: readonly Cluster[] }

/** What a log is called: its job, or what was done to which cluster. */
export function logTitle(log: string, { jobs, operations, clusters }: Known): string {
  const [kind, id] = log.split(':')
  if (kind === 'job') return jobs.find((job) => job.id === id)?.name ?? 'an older job'
  const operation = Object.values(operations).find((one) => one.id === id)
  const cluster = clusters.find((one) => one.id === operation?.clusterId)
  return operation ? `${operationWords[operation.kind].verb} ${cluster?.name ?? ''}`.trim() : 'an older operation'
}
