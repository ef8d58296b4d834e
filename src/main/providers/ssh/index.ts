import type { Health, Place } from '../../../shared/place.ts'
import { poolSpec } from '../../../shared/pool.ts'
import { candidatesOf } from '../candidates.ts'
import type { Provider, ProviderOptions } from '../provider.ts'
import { watchNodes } from '../watch-nodes.ts'
import { checkPool } from './check.ts'
import { offersOf } from './offers.ts'
import { sshSteps } from './steps.ts'

/** Offers are of what was seen last; older than this they are looked at anew. */
const SEEN_FRESH_MS = 5 * 60_000
/** A machine that waits for the user must not keep the others from being offered. */
const OFFERS_WAIT_MS = 20_000

/** Machines that the user reaches over SSH: a cluster is a folder on each of some hosts of a pool. */
export function createSshProvider(options: ProviderOptions): Provider {
  const steps = sshSteps(options.resources)
  const seen = new Map<string, Health>()

  const check: Provider['check'] = async (place, tell, signal) => {
    const health = await checkPool(
      place,
      options,
      (one) => {
        seen.set(place.id, one)
        tell(one)
      },
      signal,
    )
    seen.set(place.id, health)
    return health
  }

  /** The last check, as far as it has come; a new one where it is old or of other hosts. */
  async function seenLately(place: Place, signal: AbortSignal): Promise<Health> {
    const last = seen.get(place.id)
    if (last && Date.now() - last.at < SEEN_FRESH_MS && knowsAll(place, last)) return last
    const limit = new AbortController()
    const stop = () => limit.abort()
    signal.addEventListener('abort', stop, { once: true })
    const timer = setTimeout(stop, OFFERS_WAIT_MS)
    try {
      return await check(place, () => {}, limit.signal)
    } catch (error) {
      signal.throwIfAborted()
      const sofar = seen.get(place.id)
      if (!limit.signal.aborted || !sofar) throw error
      return sofar
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    }
  }

  return {
    kind: 'ssh',
    spec: poolSpec,
    offerIds: (spec, offerId) => {
      const { hosts } = poolSpec.parse(spec)
      return hosts.length > 0 ? hosts : [offerId]
    },
    check,
    offers: async function* (place, signal) {
      yield* offersOf(place, await seenLately(place, signal), options.nodes())
    },
    candidates: candidatesOf,
    steps: (action) => steps[action],
    afterFailure: () => 'stop',
    watch: (clusters, emit, signal) => watchNodes(options, clusters, emit, signal),
  }
}

function knowsAll(place: Place, health: Health): boolean {
  const ids = new Set(health.hosts.map(({ hostId }) => hostId))
  const { hosts } = place.settings as { hosts: { id: string }[] }
  return hosts.every(({ id }) => ids.has(id))
}
