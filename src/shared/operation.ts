import * as z from 'zod'
import { errorData } from './error.ts'

export const operationKind = z.enum([
  'launch',
  'stop',
  'start',
  'terminate',
  'add-nodes',
  'remove-nodes',
  'restart-ray',
  'upgrade-ray',
])
export type OperationKind = z.infer<typeof operationKind>

/** Those that the cluster keeps its state in, and stays usable meanwhile. */
export const isInPlace = (kind: OperationKind): boolean =>
  kind === 'add-nodes' || kind === 'remove-nodes' || kind === 'restart-ray' || kind === 'upgrade-ray'

/** Those that can be cancelled, and take back what they made: the others only go forward. */
export const makesNodes = (kind: OperationKind): boolean => kind === 'launch' || kind === 'add-nodes'

/** One line of "what will happen": known and shown before anything is done. */
export const plannedStep = z.object({
  /** Persisted; never reused for another meaning. */
  name: z.string(),
  title: z.string(),
  /** cluster: once. attempt: again for every candidate. node: on all nodes side by side, a row for each. */
  scope: z.enum(['cluster', 'attempt', 'node']),
  expected_s: z.number(),
})
export type PlannedStep = z.infer<typeof plannedStep>

export const progress = z.object({
  text: z.string(),
  /** 0–1 where it can be known. */
  fraction: z.number().min(0).max(1).nullable(),
})
export type Progress = z.infer<typeof progress>

export const stepRowState = z.enum(['started', 'done', 'failed', 'undoing', 'undone', 'undo-failed'])

const row = z.object({
  state: stepRowState,
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  /** How often its effect was begun: more than 1 after a retry or a restart. */
  tries: z.number().int(),
  progress: progress.nullable(),
  error: errorData.nullable(),
})

/** A step of the plan as it really went. No row: it has not been begun. */
export const stepRow = row.extend({
  name: z.string(),
  /** Null for steps of cluster scope. */
  attempt: z.number().int().nullable(),
  /** For steps of node scope: a row for each node. */
  nodes: z.array(row.extend({ nodeId: z.string() })),
})
export type StepRow = z.infer<typeof stepRow>

/** Something an undo could not take back, named so that the user can. */
export const leftover = z.object({ what: z.string(), where: z.string(), why: z.string() })
export type Leftover = z.infer<typeof leftover>

/** Something to try: what and where, as the provider ranked it. */
export const candidate = z.object({ title: z.string(), offerId: z.string() })
export type Candidate = z.infer<typeof candidate>

export const attempt = z.object({
  number: z.number().int(),
  candidate,
  state: z.enum(['running', 'done', 'failed', 'undone']),
  error: errorData.nullable(),
  startedAt: z.number(),
  endedAt: z.number().nullable(),
})
export type Attempt = z.infer<typeof attempt>

export const operationState = z.enum(['running', 'undoing', 'done', 'failed', 'cancelled', 'needs-you'])

export const operation = z.object({
  id: z.string(),
  clusterId: z.string(),
  kind: operationKind,
  /** The nodes that it is about: its steps of node scope run on these alone. Null: all of the cluster. */
  nodeIds: z.array(z.string()).nullable(),
  state: operationState,
  plan: z.array(plannedStep),
  /** In the order in which they are tried. */
  candidates: z.array(candidate),
  attempts: z.array(attempt),
  steps: z.array(stepRow),
  error: errorData.nullable(),
  leftovers: z.array(leftover),
  /** Set once the user cancelled: what becomes of what was made so far. */
  cancel: z.object({ keep: z.enum(['nothing', 'everything']) }).nullable(),
  createdAt: z.number(),
  endedAt: z.number().nullable(),
})
export type Operation = z.infer<typeof operation>

/** When its last attempt was begun, or gone on with: a retry that comes hours later does not make a launch hours long. */
export function lastBegunAt({ createdAt, attempts, steps }: Operation): number {
  const attempt = attempts.at(-1)
  const again = steps.filter(({ tries, attempt: of }) => tries > 1 && (of === null || of === attempt?.number))
  const goneOnAt = again.length > 0 ? Math.min(...again.map(({ startedAt }) => startedAt)) : 0
  return Math.max(createdAt, attempt?.startedAt ?? 0, goneOnAt)
}
