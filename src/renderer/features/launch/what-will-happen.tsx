import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Offer } from '../../../shared/offer.ts'
import { expectedWords } from '../../data/time.ts'
import { api, toErrorData } from '../../rpc/connection.ts'
import { Card } from '../../ui/card.tsx'
import { Loading } from '../../ui/empty.tsx'
import { ErrorBlock } from '../../ui/error-block.tsx'
import { priceWords } from '../../ui/launch/launch-words.ts'
import { StepList } from '../../ui/step-list.tsx'
import { stepViews } from '../../ui/step-views.ts'
import css from './launch-page.module.css'

/** What it costs, the button (children), and the steps that it will go through. */
export function WhatWillHappen({
  placeId,
  offers,
  ray,
  children,
}: {
  placeId: string
  offers: readonly Offer[]
  ray: boolean
  children: ReactNode
}) {
  const [offer] = offers
  const offerId = offer?.id ?? ''
  const plan = useQuery({
    queryKey: ['plan', placeId, offerId, ray],
    queryFn: () => api.clusters.plan({ placeId, offerId, ray }),
    enabled: offerId !== '',
  })
  const expected_s = plan.data?.reduce((sum, step) => sum + step.expected_s, 0) ?? 0
  return (
    <>
      <Card>
        <div className={css.sum}>
          <p className={css.sumLine}>
            <span>
              {!offer
                ? 'Nothing chosen yet'
                : offers.length === 1
                  ? `1 × ${offer.title}`
                  : `${offers.length} machines, head ${offer.title}`}
            </span>
            <span>{offer && (offer.price_USDperHour === null ? 'your own' : priceWords(offer, offers.length).sum)}</span>
          </p>
          <hr className={css.rule} />
          <p className={css.sumLine}>
            <strong>Per hour</strong>
            <span className={css.price}>{offer ? priceWords(offer, offers.length).sum : '–'}</span>
          </p>
        </div>
        {children}
      </Card>
      <Card className={css.plan} title="What will happen" note={plan.data && expectedWords(expected_s)}>
        {plan.error ? (
          <ErrorBlock error={toErrorData(plan.error)} />
        ) : plan.data ? (
          <>
            <div className={css.steps}>
              <StepList steps={stepViews(plan.data, null, [], 0)} />
            </div>
            <p className={css.foot}>
              Each step can be undone. Cancel takes back all that was made.
              {ray && ' Once the nodes answer you can work on them: what goes wrong with Ray takes none of them back.'}
            </p>
          </>
        ) : (
          <Loading>{offer ? 'Making the plan…' : 'Choose an offer to see the steps.'}</Loading>
        )}
      </Card>
    </>
  )
}
