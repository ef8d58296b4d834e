import * as z from 'zod'
import type { Endpoint } from '../../../shared/node.ts'
import type { Transport } from '../../transports/transport.ts'
import type { Provider } from '../provider.ts'
import { checkLocal } from './check.ts'
import { candidatesOf, offerOf } from './offers.ts'
import { localSteps } from './steps.ts'
import { watchLocal } from './watch.ts'

export type LocalOptions = {
  /** The folder `resources` of this installation of the program. */
  resources: string
  installationId: string
  transport(endpoint: Endpoint): Transport
}

/** This machine as a provider: a cluster is one node, which is a folder in the user's home. */
export function createLocalProvider(options: LocalOptions): Provider {
  const { resources } = options
  const steps = localSteps(resources)
  const check: Provider['check'] = (place, signal) =>
    checkLocal(place, { transport: options.transport({ via: 'local' }), resources, signal }, process.platform)
  return {
    kind: 'local',
    spec: z.strictObject({}),
    nodeCount: () => 1,
    check,
    offers: async function* (place, signal) {
      yield offerOf(await check(place, signal))
    },
    candidates: candidatesOf,
    steps: (action) => steps[action],
    afterFailure: () => 'stop',
    watch: (clusters, emit, signal) => watchLocal(options, clusters, emit, signal),
  }
}
