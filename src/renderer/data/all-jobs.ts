import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import type { Job } from '../../shared/job.ts'
import { api } from '../rpc/connection.ts'
import { queries, useJob, useJobs } from './live.ts'

const PAGE = 200
const KEY = 'jobs'

/** Every job of a cluster, or of all, newest first: those that are live, and as many older ones as were asked for. */
export function useAllJobs(clusterId: string | null) {
  const live = useJobs()
  const pages = useInfiniteQuery({
    queryKey: [KEY, clusterId],
    queryFn: ({ pageParam, signal }) =>
      api.jobs.list({ clusterId: clusterId ?? undefined, before: pageParam, limit: PAGE }, { signal }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => (page.length < PAGE ? undefined : page.at(-1)?.submittedAt),
    staleTime: 0,
  })
  return { jobs: merged(live, pages.data?.pages.flat() ?? [], clusterId), pages }
}

/** What is live is newer than what was read. */
export function merged(live: readonly Job[], read: readonly Job[], clusterId: string | null): Job[] {
  const known = new Set(live.map(({ id }) => id))
  return [
    ...live.filter((job) => clusterId === null || job.clusterId === clusterId),
    ...read.filter(({ id }) => !known.has(id)),
  ].sort((a, b) => b.submittedAt - a.submittedAt)
}

/** A job, however old. `error`: it cannot be read, or is gone. */
export function useAnyJob(jobId: string): { job: Job | null; error: unknown } {
  const live = useJob(jobId)
  const asked = useQuery({
    queryKey: [KEY, 'one', jobId],
    queryFn: ({ signal }) => api.jobs.read({ jobId }, { signal }),
    enabled: live === null,
  })
  return { job: live ?? asked.data ?? null, error: live ? null : asked.error }
}

/** Deletes a job and its log; it goes from every list. */
export async function removeJob(jobId: string): Promise<void> {
  await api.jobs.remove({ jobId })
  queries.removeQueries({ queryKey: [KEY, 'one', jobId] })
  await queries.invalidateQueries({ queryKey: [KEY] })
}
