import * as z from 'zod'
import { type ErrorData, StyxError } from '../../shared/error.ts'
import type { OperationKind, PlannedStep } from '../../shared/operation.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { AnyStep, Step, StepContext } from '../operations/step.ts'
import type { Provider } from '../providers/provider.ts'
import { withoutNode } from '../ray/record.ts'
import type { RaySteps } from '../ray/steps.ts'
import type { Terminals } from '../terminals/terminals.ts'

/** What a plan needs of the parts beside the provider. */
export type PlanParts = {
  endTerminals: Terminals['endAll']
  endJobs: Jobs['endAll']
  sendJob: Jobs['sendWithLaunch']
  ray: RaySteps
}

/** What it is for: a cluster with Ray, a launch that runs a job, nodes that are removed without being asked any more. */
export type PlanFor = { ray: boolean; job: boolean; giveUp: boolean }

/** A job has 10 s to end by itself, and its log is fetched after that. */
const JOBS_PATIENCE_s = 60

/** The whole plan of an operation: what is the same everywhere around what the provider does. */
export function planFor(kind: OperationKind, provider: Provider, parts: PlanParts, { ray, job, giveUp }: PlanFor): AnyStep[] {
  switch (kind) {
    case 'launch':
      return [...provider.steps(kind), ...(ray ? parts.ray.start : []), ...(job ? [submitJob(parts)] : [])]
    case 'start':
      return [...provider.steps(kind), ...(ray ? parts.ray.start : [])]
    case 'add-nodes':
      return [...provider.steps('launch'), ...(ray ? parts.ray.start : [])]
    case 'remove-nodes': {
      const remove = provider
        .steps('terminate')
        .map((step) => (ray && step.scope === 'node' ? parts.ray.leaveBefore(step) : step))
      return [endNodeJobs(parts), closeNodeTerminals(parts), ...(giveUp ? [giveUpStep] : remove)]
    }
    case 'restart-ray':
      return parts.ray.restart
    case 'upgrade-ray':
      return parts.ray.upgrade
    default: {
      const end = kind === 'stop' ? parts.ray.pauseBefore : parts.ray.forgetBefore
      const steps = provider.steps(kind).map((step) => (ray && step.scope === 'node' ? end(step) : step))
      return [endJobs(kind, parts), closeTerminals(kind, parts), ...steps]
    }
  }
}

/** A step as it is shown before anything is done. */
export const planned = ({ name, title, scope, expected_s }: PlannedStep): PlannedStep => ({ name, title, scope, expected_s })

const submitJob = (parts: PlanParts): Step<null> => ({
  name: 'submit-job',
  title: 'Submit the job',
  scope: 'attempt',
  expected_s: 0.3,
  timeout_s: 6 * 3600, // its files may be many and the line thin
  takesNothingBack: true,
  output: z.null(),
  run: async (c) => {
    await parts.sendJob(c.cluster.id, c.report, c.log, c.signal)
    return null
  },
  undo: async (c) => {
    await parts.endJobs(whole(c), ended('The launch was taken back'), JOBS_PATIENCE_s * 1000, c.log, c.signal)
    return []
  },
})

const endJobs = (kind: 'stop' | 'terminate', parts: PlanParts): Step<null> => ({
  name: 'end-jobs',
  title: 'End its jobs',
  scope: 'cluster',
  expected_s: 0.1,
  timeout_s: JOBS_PATIENCE_s + 30,
  output: z.null(),
  run: async (c) => {
    const why = ended(kind === 'stop' ? 'The cluster was stopped' : 'The cluster was terminated')
    await parts.endJobs(whole(c), why, JOBS_PATIENCE_s * 1000, c.log, c.signal)
    c.log('No job of this cluster runs. Their logs stay.')
    return null
  },
})

const ended = (what: string): ErrorData => new StyxError({ code: 'job.cluster-ended', what, suggestion: 'Run it again.' }).data

const closeTerminals = (kind: 'stop' | 'terminate', parts: PlanParts): Step<null> => ({
  name: 'close-terminals',
  title: 'End its terminals',
  scope: 'cluster',
  expected_s: 0.1,
  timeout_s: 15,
  output: z.null(),
  run: async (c) => {
    await parts.endTerminals(whole(c), kind === 'stop' ? 'The cluster was stopped' : 'The cluster was terminated')
    c.log('No shell of this cluster runs. Their text stays until you close them.')
    return null
  },
})

const whole = (c: StepContext) => ({ clusterId: c.cluster.id, nodeIds: null })
const leaving = (c: StepContext) => ({ clusterId: c.cluster.id, nodeIds: c.targets.map(({ id }) => id) })

const endNodeJobs = (parts: PlanParts): Step<null> => ({
  name: 'end-node-jobs',
  title: 'End the jobs on them',
  scope: 'cluster',
  expected_s: 0.1,
  timeout_s: JOBS_PATIENCE_s + 30,
  output: z.null(),
  run: async (c) => {
    const why = ended('A node of it was removed from the cluster')
    await parts.endJobs(leaving(c), why, JOBS_PATIENCE_s * 1000, c.log, c.signal)
    c.log('No job runs on what is removed. Their logs stay.')
    return null
  },
})

const closeNodeTerminals = (parts: PlanParts): Step<null> => ({
  name: 'close-node-terminals',
  title: 'End the terminals on them',
  scope: 'cluster',
  expected_s: 0.1,
  timeout_s: 15,
  output: z.null(),
  run: async (c) => {
    await parts.endTerminals(leaving(c), 'The node was removed from the cluster')
    return null
  },
})

/** Of a machine that is gone for ever nothing is asked. What stays there is named when the operation ends. */
export const giveUpStep: Step<null> = {
  name: 'give-up-nodes',
  title: 'Give them up',
  scope: 'node',
  expected_s: 0.1,
  timeout_s: 15,
  output: z.null(),
  run: async (c) => {
    const { node } = c
    if (node) c.changeRay((ray) => withoutNode(ray, node.id))
    c.log('It is not asked any more; what Styx made there stays there')
    return null
  },
}
