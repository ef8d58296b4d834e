import type { Offer } from '../../../shared/offer.ts'

const FIRST = 'this-machine'

/** A name that no cluster has: `this-machine`, then `this-machine-2`. */
export function freeName(taken: string[]): string {
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? FIRST : `${FIRST}-${n}`
    if (!taken.includes(name)) return name
  }
}

const dollars = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' })

/** What so many nodes of the offer cost: in the sum, and on the button. */
export function priceWords(offer: Offer, nodes: number): { sum: string; button: string } {
  if (offer.price_USDperHour === null) return { sum: 'no cost', button: ', at no cost' }
  const price = dollars.format(offer.price_USDperHour * nodes)
  return { sum: price, button: ` for ${price} an hour` }
}
