import * as z from 'zod'

/** Something that happened, written in the transaction of the change it tells of. */
export const event = z.object({
  id: z.number().int(),
  at: z.number(),
  level: z.enum(['info', 'good', 'warn', 'bad']),
  /** Null for what concerns no cluster. The name is kept: the event outlives the cluster. */
  clusterId: z.string().nullable(),
  clusterName: z.string().nullable(),
  operationId: z.string().nullable(),
  /** The job that it tells of. */
  jobId: z.string().nullable(),
  text: z.string(),
  detail: z.string(),
})
export type Event = z.infer<typeof event>

/** Where the screen shows what an event tells of. */
export function pageOfEvent({ jobId, clusterId }: Event): string {
  if (jobId !== null) return `/jobs/${jobId}`
  return clusterId === null ? '/events' : `/clusters/${clusterId}`
}
