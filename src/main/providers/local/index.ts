import { candidatesOf } from '../candidates.ts'
import type { Provider, ProviderOptions } from '../provider.ts'
import { watchNodes } from '../watch-nodes.ts'
import { checkLocal } from './check.ts'
import { offerOf } from './offers.ts'
import { localSpec } from './spec.ts'
import { localSteps } from './steps.ts'

/** This machine as a provider: a cluster is one node, which is a folder in the user's home. */
export function createLocalProvider(options: ProviderOptions): Provider {
  const { resources } = options
  const steps = localSteps(options)
  const check: Provider['check'] = (place, _tell, signal) =>
    checkLocal(place, { transport: options.transport({ via: 'local' }), resources, signal }, process.platform)
  return {
    kind: 'local',
    spec: localSpec,
    wants: (spec, offerId) => [{ offerId, externalId: null, gpus: localSpec.parse(spec).gpus ?? null }],
    scales: false,
    check,
    offers: async function* (place, signal) {
      const health = await check(place, () => {}, signal)
      yield offerOf(health, options.nodes())
    },
    candidates: candidatesOf,
    steps: (action) => steps[action],
    afterFailure: () => 'stop',
    watch: (clusters, emit, signal) => watchNodes(options, clusters, emit, signal),
  }
}
