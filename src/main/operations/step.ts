import type * as z from 'zod'
import type { Cluster } from '../../shared/cluster.ts'
import { StyxError } from '../../shared/error.ts'
import type { Node } from '../../shared/node.ts'
import type { Candidate, Leftover, PlannedStep, Progress } from '../../shared/operation.ts'
import type { Place } from '../../shared/place.ts'
import type { Ray } from '../../shared/ray.ts'
import type { Transport } from '../transports/transport.ts'

export type StepContext = {
  installationId: string
  operationId: string
  place: Place
  cluster: Cluster
  /** The cluster's nodes as they are recorded now. */
  nodes: Node[]
  /** Those of them that the operation is about: all, but where nodes are added or removed. */
  targets: Node[]
  /** Set in steps of node scope. */
  node: Node | null
  attempt: { number: number; candidate: Candidate } | null
  /** What an earlier step of this operation learned. In node scope: by the same node. */
  output<Out>(step: Step<Out>): Out
  saveNode(node: Node): void
  /** Changes what is recorded of the cluster's Ray as it stands now. Nothing happens to a cluster without. */
  changeRay(change: (ray: Ray) => Ray): void
  /** Shared and counted; the step never closes it. */
  transport(node: Pick<Node, 'endpoint'>): Transport
  /** Aborts on cancel, quit and time-out. */
  signal: AbortSignal
  /** What the row on the screen says now. */
  report(progress: Progress): void
  /** A line for the operation's log. */
  log(text: string): void
}

/**
 * One step of a plan. It may run again at any point (a retry, a crash in the middle), so `run` first looks for what it made before,
 * and `undo` takes absence for success.
 */
export type Step<Out> = PlannedStep & {
  /** What it learned; persisted, and parsed on the way back. */
  output: z.ZodType<Out>
  timeout_s: number
  /** All nodes answer before it begins: nothing is destroyed when it fails, the cluster is degraded with it. */
  takesNothingBack?: boolean
  run(context: StepContext): Promise<Out>
  /** Called with no output too (a crash came before it). What could not be taken back is named. */
  undo?(context: StepContext, output?: Out): Promise<Leftover[]>
}
// biome-ignore lint/suspicious/noExplicitAny: a plan is a list of steps with outputs of different types
export type AnyStep = Step<any>

/** The node that a step of node scope is for. */
export function nodeOf(context: StepContext): Node {
  if (context.node) return context.node
  throw new StyxError({ code: 'step.no-node', what: 'This step needs a node', where: context.cluster.name })
}
