import type { Job, JobRequest } from '../../shared/job.ts'

/** The jobs of this installation: every change of one begins here. */
export type Jobs = {
  submit(clusterId: string, request: JobRequest): Promise<{ jobId: string }>
  cancel(jobId: string): Promise<void>
  read(jobId: string): Job
  task(jobId: string): { yaml: string }
  list(page: { clusterId?: string; before?: number; limit: number }): Job[]
  remove(jobId: string): Promise<void>
}
