import { errorDataOf } from '../../shared/error.ts'
import type { AnyStep, Step } from '../operations/step.ts'
import { type Deed, rayEnds, stopStep } from './end-steps.ts'
import { chooseStep, installStep, tidyStep } from './install-steps.ts'
import { type Access, nameOf } from './on-step.ts'
import { turned } from './record.ts'
import { headStep, verifyStep, workersStep } from './start-steps.ts'

/** A host may wait for the user, who may be asleep, before it is reached. */
const PATIENCE_s = 24 * 3600

export type RaySteps = ReturnType<typeof raySteps>

/** What is done for Ray, behind what a provider does. `resources`: the folder of this installation. */
export function raySteps(resources: string) {
  const access: Access = (c, node) => ({ transport: c.transport(node), resources, signal: c.signal, where: nameOf(node) })
  const { pause, forget, leave } = rayEnds(access)
  const keep = chooseStep(access, 'keep')
  const anew = chooseStep(access, 'anew')
  const starting = [headStep(access), workersStep(access), verifyStep(access)]

  return {
    /** From a node that answers to a Ray that runs: also for nodes that are added, where what runs is kept. */
    start: guarded([keep, installStep(access, keep, forget), ...starting]),
    restart: guarded([stopStep(pause), ...starting]),
    /** The new version is installed beside the old one, which runs until then. */
    upgrade: guarded([anew, installStep(access, anew, forget), stopStep(pause, anew), ...starting, tidyStep(access)]),
    /** A provider's step that ends with a node's folder, with Ray ended before. */
    forgetBefore: <Out>(step: Step<Out>): Step<Out> => before(forget, step, 'End Ray, remove its folder'),
    leaveBefore: <Out>(step: Step<Out>): Step<Out> => before(leave, step, 'End Ray, remove its folder'),
    pauseBefore: <Out>(step: Step<Out>): Step<Out> => before(pause, step, 'End Ray, keep its folder'),
  }
}

/** What fails in them takes nothing back of the cluster, and is written down as Ray's own failure. */
function guarded(steps: AnyStep[]): AnyStep[] {
  return steps.map((step) => ({
    ...step,
    takesNothingBack: true,
    run: async (c) => {
      try {
        return await step.run(c)
      } catch (error) {
        if (!c.signal.aborted && !keepsRunning(step)) {
          const data = errorDataOf(error, step.title)
          c.changeRay((ray) =>
            ray.is === 'running' && c.targets.length < c.nodes.length ? ray : turned(ray, 'failed', Date.now(), data),
          )
        }
        throw error
      }
    },
  }))
}

/** The Ray of before runs on when these fail in an upgrade. */
const keepsRunning = ({ name }: AnyStep) => name === 'ray.choose-anew' || name === 'ray.tidy'

function before<Out>(first: Deed, step: Step<Out>, title: string): Step<Out> {
  return {
    ...step,
    title,
    expected_s: step.expected_s + 6,
    timeout_s: Math.max(step.timeout_s, PATIENCE_s),
    run: async (c) => {
      await first(c)
      return step.run(c)
    },
  }
}
