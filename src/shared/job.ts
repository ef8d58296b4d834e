import * as z from 'zod'
import { errorData } from './error.ts'

/** SkyPilot's states, so that whoever knows them knows these. */
export const jobState = z.enum([
  /** Written down; its node does not know of it yet. */
  'INIT',
  /** On its node, waiting for its turn. */
  'PENDING',
  'SETTING_UP',
  'RUNNING',
  'SUCCEEDED',
  /** `run` ended with an exit code other than 0. */
  'FAILED',
  'FAILED_SETUP',
  /** What runs the job failed, not the job: its node is gone, the wrapper was killed, the folder was deleted. */
  'FAILED_DRIVER',
  'CANCELLED',
])
export type JobState = z.infer<typeof jobState>

/** A rank's state. `HELD`: it could begin, and waits for the other ranks, or for Ray. */
export const rankState = z.enum([...jobState.options, 'HELD'])
export type RankState = z.infer<typeof rankState>

/** Nothing of the job, or of the rank, runs any more. */
export function jobHasEnded(state: RankState): boolean {
  return !['INIT', 'PENDING', 'HELD', 'SETTING_UP', 'RUNNING'].includes(state)
}

/** Who lets it begin: each node by its own queue, and Styx where there are several; or Ray. */
export const jobRunner = z.enum(['shell', 'ray'])
export type JobRunner = z.infer<typeof jobRunner>

/** What becomes of the cluster once the job has ended and its log is kept. */
export const whenDone = z.enum(['keep', 'stop', 'terminate'])
export type WhenDone = z.infer<typeof whenDone>

/** A job outlives its cluster: the names that the user knew are kept in it. */
export const job = z.object({
  id: z.string(),
  clusterId: z.string(),
  clusterName: z.string(),
  /** 1, 2, 3 … on its cluster. */
  number: z.number().int().min(1),
  /** The task's name, or "task N". */
  name: z.string(),
  state: jobState,
  /** GPUs it holds on each node while it runs. Null: the whole node, alone. */
  gpusPerNode: z.number().int().min(0).nullable(),
  runner: jobRunner.default('shell'),
  /** Where it runs. */
  ranks: z.array(
    z.object({
      rank: z.number().int().min(0),
      nodeId: z.string(),
      /** "head", "worker 2". */
      node: z.string(),
      machineId: z.string().nullable(),
      state: rankState,
      exitCode: z.number().int().nullable(),
    }),
  ),
  /** Of the rank that decided: 0, or the first that failed. 128 + N: ended by signal N. Null: it has none. */
  exitCode: z.number().int().nullable(),
  /** Why it did not succeed, where an exit code says too little. */
  error: errorData.nullable(),
  /** Of several ranks the one that failed first, and the end of its log once that is here; a few lines. */
  failed: z
    .object({ rank: z.number().int(), lastLines: z.array(z.string()) })
    .nullable()
    .default(null),
  /** user@host of this engine. */
  submittedBy: z.string(),
  submittedAt: z.number(),
  /** Epoch ms by the node's own clock; null until then. */
  setupAt: z.number().nullable(),
  runAt: z.number().nullable(),
  endedAt: z.number().nullable(),
  /** The user asked for its end, epoch ms. */
  cancelledAt: z.number().nullable(),
  whenDone,
  /** What of its log could not be fetched, in words; null: all of it is here, or still comes. */
  logProblem: z.string().nullable(),
})
export type Job = z.infer<typeof job>

/** What a job is made of. */
export const jobRequest = z.object({
  /** SkyPilot's task YAML; the first document that is not empty, unless `document` says which. */
  yaml: z.string().max(1_000_000),
  document: z.number().int().min(0).default(0),
  /** Values for the task's envs and secrets, by name; they win over the file's. Values of secrets are never stored with the job. */
  envs: z.record(z.string(), z.string()).default({}),
  secrets: z.record(z.string(), z.string()).default({}),
  whenDone: whenDone.default('keep'),
})
export type JobRequest = z.input<typeof jobRequest>
