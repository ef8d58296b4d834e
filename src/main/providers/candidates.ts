import type { Offer } from '../../shared/offer.ts'
import type { Candidate } from '../../shared/operation.ts'

/** The offer that was chosen, if it can be had. Pure. */
export function candidatesOf(offers: Offer[], offerId: string): Candidate[] {
  return offers
    .filter((offer) => offer.id === offerId && offer.available.is === 'yes')
    .map((offer) => ({ title: offer.title, offerId: offer.id }))
}
