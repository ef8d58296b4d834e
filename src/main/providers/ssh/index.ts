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
  const steps = sshSteps(options)
  /** The last check of each place, as far as it has come, and of which settings. */
  const seen = new Map<string, { settings: string; health: Health }>()

  const check: Provider['check'] = async (place, tell, signal) => {
    const keep = (health: Health) => seen.set(place.id, { settings: JSON.stringify(place.settings), health })
    const health = await checkPool(
      place,
      options,
      (one) => {
        keep(one)
        tell(one)
      },
      signal,
    )
    keep(health)
    return health
  }

  /** The last check, as far as it has come; a new one where it is old, of other machines, or was ended too early. */
  async function seenLately(place: Place, signal: AbortSignal): Promise<Health> {
    const last = seen.get(place.id)
    const isFresh = last !== undefined && Date.now() - last.health.at < SEEN_FRESH_MS
    const isWhole = !last?.health.hosts.some(({ state }) => state === 'unknown')
    if (isFresh && isWhole && last.settings === JSON.stringify(place.settings)) return last.health
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
      return sofar.health
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    }
  }

  return {
    kind: 'ssh',
    spec: poolSpec,
    wants: (spec, offerId) => {
      const { hosts, gpus } = poolSpec.parse(spec)
      return (hosts.length > 0 ? hosts : [offerId]).map((id) => ({ offerId: id, externalId: id, gpus: gpus[id] ?? null }))
    },
    scales: true,
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
