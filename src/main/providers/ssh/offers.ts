import type { Node } from '../../../shared/node.ts'
import type { Offer } from '../../../shared/offer.ts'
import type { Health, HostHealth, Place } from '../../../shared/place.ts'
import { hostWords, poolSettings } from '../../../shared/pool.ts'
import { machineOffer } from '../machine-offer.ts'

/** Each machine of a pool as an offer: its id is the host's. Pure. */
export function offersOf(place: Place, health: Health, nodes: readonly Node[]): Offer[] {
  return poolSettings.parse(place.settings).hosts.map((host) => {
    const row = health.hosts.find(({ hostId }) => hostId === host.id)
    const facts = row?.facts ?? null
    return {
      id: host.id,
      placeId: place.id,
      title: hostWords(host),
      where: facts?.hostname ?? row?.address ?? '',
      ...machineOffer(facts, nodes),
      price_USDperHour: null,
      available: row?.usable ? { is: 'yes' } : { is: 'no', why: whyNot(row) },
    }
  })
}

function whyNot(row: HostHealth | undefined): string {
  if (!row || row.state === 'checking' || row.state === 'unknown') return 'It has not answered yet.'
  if (row.error) return `${row.error.what}. ${row.error.why}`.trim()
  const obstacle = row.findings.find(({ level }) => level === 'problem')
  return obstacle ? `${obstacle.what}. ${obstacle.why}` : 'It cannot be used now.'
}
