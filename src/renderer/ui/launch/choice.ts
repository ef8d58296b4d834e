import { freeGpus, type Offer } from '../../../shared/offer.ts'

/** The one the user chose, else the first that can be had. */
export function chosenOffer(offers: Offer[], offerId: string): Offer | undefined {
  const available = offers.filter((offer) => offer.available.is === 'yes')
  return available.find(({ id }) => id === offerId) ?? available[0]
}

/** Those that the user chose and that can be had, in the order in which they were chosen. */
export const offersOf = (offers: Offer[], offerIds: readonly string[]): Offer[] =>
  offerIds.flatMap((wanted) => offers.find(({ id, available }) => id === wanted && available.is === 'yes') ?? [])

/** The same for a new cluster: the first is the head. None chosen: the first that can be had. */
export function chosenOffers(offers: Offer[], offerIds: readonly string[]): Offer[] {
  const chosen = offersOf(offers, offerIds)
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
