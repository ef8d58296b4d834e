import { clusterNameProblem } from '../../shared/cluster.ts'
import { StyxError } from '../../shared/error.ts'
import type { JobRequest } from '../../shared/job.ts'
import type { Offer } from '../../shared/offer.ts'
import type { RayWish } from '../../shared/ray.ts'

/** What a launch is asked for. */
export type LaunchRequest = {
  placeId: string
  offerId: string
  name: string
  spec: Record<string, unknown>
  job?: JobRequest
  ray: RayWish | null
}

/** @throws StyxError `cluster.name-invalid` */
export function requireName(name: string): void {
  const problem = clusterNameProblem(name)
  if (problem)
    throw new StyxError({
      code: 'cluster.name-invalid',
      what: 'This name cannot be used',
      where: 'name',
      why: problem,
      suggestion: 'Choose another name.',
    })
}

/** The offer, which can be had. @throws StyxError `offer.unknown` | `offer.unavailable` */
export function requireOffer(offers: Offer[], id: string): Offer {
  const offer = offers.find((one) => one.id === id)
  if (!offer)
    throw new StyxError({
      code: 'offer.unknown',
      what: 'This offer is not there any more',
      where: 'offer',
      suggestion: 'Look at the offers again and choose another.',
    })
  if (offer.available.is === 'no')
    throw new StyxError({
      code: 'offer.unavailable',
      what: `${offer.title} cannot be had now`,
      where: 'offer',
      why: offer.available.why,
      suggestion: 'Choose another offer.',
    })
  return offer
}

/** `cluster.name-taken` */
export const nameTaken = (name: string) =>
  new StyxError({
    code: 'cluster.name-taken',
    what: 'This name is taken',
    where: 'name',
    why: `A cluster named ${name} is there already.`,
    suggestion: 'Choose another name, or terminate that cluster first.',
  })

/** `cluster.spec-invalid`; `detail` names the fields. */
export const specInvalid = (detail: string) =>
  new StyxError({
    code: 'cluster.spec-invalid',
    what: 'The launch asks for something that this place does not know',
    where: 'spec',
    why: detail,
    suggestion: 'Correct the field that is named and launch again.',
  })
