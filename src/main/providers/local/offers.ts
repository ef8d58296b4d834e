import type { Node } from '../../../shared/node.ts'
import type { Offer } from '../../../shared/offer.ts'
import type { Health } from '../../../shared/place.ts'
import { machineOffer } from '../machine-offer.ts'

const THIS_MACHINE = 'this-machine'

/** All that can be had here: this machine, at no price. Pure. */
export function offerOf(health: Health, nodes: readonly Node[]): Offer {
  const { machine } = health
  const obstacle = health.findings.find((finding) => finding.level === 'problem')
  return {
    id: THIS_MACHINE,
    placeId: health.placeId,
    title: 'This machine',
    where: machine?.hostname ?? '',
    ...machineOffer(machine, nodes),
    price_USDperHour: null,
    available: health.usable
      ? { is: 'yes' }
      : { is: 'no', why: obstacle ? `${obstacle.what}. ${obstacle.why}` : 'It cannot be used now.' },
  }
}
