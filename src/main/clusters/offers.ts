import type { Offer } from '../../shared/offer.ts'
import type { Place, PlaceKind } from '../../shared/place.ts'
import type { Provider, Wanted } from '../providers/provider.ts'
import { requireOffer } from './launch-request.ts'

/** Answers of providers must not keep a form waiting for ever. */
const OFFERS_TIMEOUT_MS = 30_000
/** What the user has just been shown is what is launched, without asking again: a launch answers at once. */
const OFFERS_FRESH_MS = 60_000

export type Offers = ReturnType<typeof createOffers>

/** What the places offer, and what of it the user was shown. */
export function createOffers(providers: Record<PlaceKind, Provider>) {
  const shown = new Map<string, { at: number; offers: Offer[] }>()

  const ask = async (place: Place, signal: AbortSignal): Promise<Offer[]> => {
    const offers: Offer[] = []
    for await (const offer of providers[place.kind].offers(place, signal)) offers.push(offer)
    return offers
  }

  return {
    /** Those of the place, asked for now. */
    show: async (place: Place, signal: AbortSignal): Promise<Offer[]> => {
      const offers = await ask(place, signal)
      shown.set(place.id, { at: Date.now(), offers })
      return offers
    },

    /** Those of the place as they are now, each for what is wanted of it. @throws StyxError `offer.unknown` | `offer.unavailable` */
    take: async (place: Place, wanted: readonly Wanted[], signal: AbortSignal) => {
      const seen = shown.get(place.id)
      const offers =
        seen && Date.now() - seen.at < OFFERS_FRESH_MS
          ? seen.offers
          : await ask(place, AbortSignal.any([signal, AbortSignal.timeout(OFFERS_TIMEOUT_MS)]))
      return { offers, taken: wanted.map((one) => ({ ...one, offer: requireOffer(offers, one.offerId) })) }
    },

    forget: (placeId: string): void => void shown.delete(placeId),
  }
}
