import { CLUSTER_NAME_MAX, clusterNameProblem } from '../../../shared/cluster.ts'
import type { Offer } from '../../../shared/offer.ts'
import type { Place } from '../../../shared/place.ts'

/** A name that no cluster has: the one asked for, then with `-2`, `-3` … instead of the number that it ends with. */
export function freeName(taken: string[], asked = 'this-machine'): string {
  if (!taken.includes(asked)) return asked
  const stem = asked.replace(/-\d+$/, '')
  for (let n = 2; ; n += 1) {
    const end = `-${n}`
    const name = stem.slice(0, CLUSTER_NAME_MAX - end.length) + end
    if (!taken.includes(name)) return name
  }
}

/** A pool's name as a cluster can have it; undefined where nothing is left of it, and for a place that is a machine. */
export function clusterNameOf(place: Pick<Place, 'kind' | 'name'> | undefined): string | undefined {
  if (place?.kind !== 'ssh') return undefined
  const name = place.name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, CLUSTER_NAME_MAX)
    .replace(/-+$/, '')
  return clusterNameProblem(name) === null ? name : undefined
}

const dollars = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' })

/** What so many nodes of the offer cost: in the sum, and on the button. */
export function priceWords(offer: Offer, nodes: number): { sum: string; button: string } {
  if (offer.price_USDperHour === null) return { sum: 'no cost', button: ', at no cost' }
  const price = dollars.format(offer.price_USDperHour * nodes)
  return { sum: price, button: ` for ${price} an hour` }
}
