import * as z from 'zod'
import type { OperationKind } from '../../shared/operation.ts'
import type { AnyStep, Step } from '../operations/step.ts'
import type { Provider } from '../providers/provider.ts'

/** Ends the shells of a cluster: what it takes of `terminals`. */
export type EndTerminals = (clusterId: string, why: string) => Promise<void>

/** The whole plan of an operation: what is the same everywhere around what the provider does. */
export function planFor(kind: OperationKind, provider: Provider, endTerminals: EndTerminals): AnyStep[] {
  if (kind === 'launch' || kind === 'start') return provider.steps(kind)
  return [closeTerminals(kind, endTerminals), ...provider.steps(kind)]
}

const closeTerminals = (kind: 'stop' | 'terminate', endTerminals: EndTerminals): Step<null> => ({
  name: 'close-terminals',
  title: 'End its terminals',
  scope: 'cluster',
  expected_s: 0.1,
  timeout_s: 15,
  output: z.null(),
  run: async (c) => {
    await endTerminals(c.cluster.id, kind === 'stop' ? 'The cluster was stopped' : 'The cluster was terminated')
    c.log('No shell of this cluster runs. Their text stays until you close them.')
    return null
  },
})
