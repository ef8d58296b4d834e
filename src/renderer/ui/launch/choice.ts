import { clusterNameProblem } from '../../../shared/cluster.ts'
import { freeGpus, type Offer } from '../../../shared/offer.ts'
import { liveNow } from '../../data/live.ts'
import { hasEnded } from '../../data/words.ts'

/** Why a cluster cannot have this name. Read anew each time: another window may take the name while this one is open. */
export function nameProblem(name: string): string | null {
  const taken = liveNow()?.clusters.some((cluster) => cluster.name === name && !hasEnded(cluster))
  return clusterNameProblem(name) ?? (taken ? `A cluster is called ${name} already.` : null)
}

/** The one the user chose, else the first that can be had. */
export function chosenOffer(offers: Offer[], offerId: string): Offer | undefined {
  const available = offers.filter((offer) => offer.available.is === 'yes')
  return available.find(({ id }) => id === offerId) ?? available[0]
}

/** Those that the user chose and that can be had, in the order in which they were chosen: the first is the head. None chosen: the first. */
export function chosenOffers(offers: Offer[], offerIds: readonly string[]): Offer[] {
  const chosen = offerIds.flatMap((wanted) => offers.find(({ id, available }) => id === wanted && available.is === 'yes') ?? [])
  const first = chosenOffer(offers, '')
  return chosen.length > 0 ? chosen : first ? [first] : []
}

/** How many GPUs the user wants of a machine, by its offer; all that are free of one that is not named. */
export type GpuWishes = Readonly<Record<string, number>>

/** As many as are wished and can be had. */
export const gpusTaken = (offer: Offer, wishes: GpuWishes): number =>
  Math.min(freeGpus(offer), wishes[offer.id] ?? Number.POSITIVE_INFINITY)

/** The wishes for what was chosen, for the engine. */
export const wishesOf = (chosen: readonly Offer[], wishes: GpuWishes): Record<string, number> =>
  Object.fromEntries(chosen.flatMap((offer) => (wishes[offer.id] === undefined ? [] : [[offer.id, gpusTaken(offer, wishes)]])))
