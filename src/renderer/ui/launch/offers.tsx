import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import type { UseQueryResult } from '@tanstack/react-query'
import { memoryWords } from '../../../shared/memory-words.ts'
import { freeGpus, type Offer } from '../../../shared/offer.ts'
import { useClusters } from '../../data/live.ts'
import { count } from '../../data/words.ts'
import { toErrorData } from '../../rpc/connection.ts'
import { Card } from '../card.tsx'
import { Loading } from '../empty.tsx'
import { ErrorBlock } from '../error-block.tsx'
import table from '../table.module.css'
import css from './launch.module.css'
import { priceWords } from './launch-words.ts'

type Props = {
  offers: UseQueryResult<Offer[]>
  /** Head first. */
  chosen: readonly Offer[]
  onChoose(offerId: string): void
  /** Each offer is one machine, and a cluster may be on several: `onChoose` takes one in or out. */
  many?: boolean
  /** They come to a cluster that is there: none of them is its head. */
  ofMore?: boolean
}

/** What can be had there, at what price, and why not where it cannot. */
export function Offers({ offers, chosen, onChoose, many = false, ofMore = false }: Props) {
  return (
    <Card
      className={css.offers}
      title={many ? 'Machines' : 'Offers'}
      note={
        offers.data
          ? many
            ? `choose one or several${ofMore ? '' : ', the head first'}`
            : count(offers.data.length, 'offer')
          : ''
      }
      end={
        <Tooltip label="Ask again">
          <ActionIcon aria-label="Ask again" loading={offers.isFetching} onClick={() => offers.refetch()}>
            <IconRefresh size={16} stroke={1.75} />
          </ActionIcon>
        </Tooltip>
      }
    >
      {offers.error ? (
        <ErrorBlock error={toErrorData(offers.error)}>
          <Button onClick={() => offers.refetch()}>Ask again</Button>
        </ErrorBlock>
      ) : !offers.data ? (
        <Loading>Asking what can be had…</Loading>
      ) : (
        <OfferTable offers={offers.data} chosen={chosen} onChoose={onChoose} many={many} ofMore={ofMore} />
      )}
    </Card>
  )
}

function OfferTable({ offers, chosen, onChoose, many, ofMore }: { offers: Offer[] } & Required<Omit<Props, 'offers'>>) {
  const clusters = useClusters()
  const nameOf = (clusterId: string) => clusters.find(({ id }) => id === clusterId)?.name ?? 'a cluster'
  return (
    <div className={css.offerTable}>
      <table className={table.table}>
        <thead>
          <tr>
            <th>{many ? 'Machine' : 'Type'}</th>
            <th data-roomy>Where</th>
            <th>GPUs</th>
            <th data-number>Cores</th>
            <th data-number>Memory</th>
            {many ? <th>Held by</th> : <th data-number>An hour</th>}
            <th data-number>To be had</th>
          </tr>
        </thead>
        <tbody>
          {offers.map((offer) => (
            <tr
              key={offer.id}
              className={css.offerRow}
              data-chosen={chosen.includes(offer)}
              onClick={(event) => {
                // A click on the label chooses by its own input.
                if (offer.available.is === 'yes' && !(event.target as Element).closest('label')) onChoose(offer.id)
              }}
            >
              <td>
                <label className={table.name}>
                  <input
                    type={many ? 'checkbox' : 'radio'}
                    name="offer"
                    className={css.radio}
                    checked={chosen.includes(offer)}
                    disabled={offer.available.is === 'no'}
                    onChange={() => onChoose(offer.id)}
                  />
                  &ensp;{offer.title}
                </label>
                {!ofMore && chosen.length > 1 && offer === chosen[0] && <span className={css.head}>head</span>}
              </td>
              <td data-roomy>{offer.where}</td>
              <td>{gpus(offer)}</td>
              <td data-number>{offer.cores ?? 'unknown'}</td>
              <td data-number>{offer.memory_MiB === null ? 'unknown' : memoryWords(offer.memory_MiB)}</td>
              {many ? (
                <td>{offer.heldBy.length === 0 ? 'nobody' : offer.heldBy.map(nameOf).join(', ')}</td>
              ) : (
                <td data-number>{priceWords(offer, 1).sum}</td>
              )}
              <td data-number>{offer.available.is === 'yes' ? 'now' : <span className={css.no}>{offer.available.why}</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function gpus(offer: Offer): string {
  const { gpuCount, gpuName, gpuMemory_MiB } = offer
  if (gpuCount === 0) return 'none'
  const free = freeGpus(offer)
  const words = [`${gpuCount} ×`, gpuName ?? 'GPU', gpuMemory_MiB && memoryWords(gpuMemory_MiB)].filter(Boolean).join(' ')
  return free === gpuCount ? words : `${words}, ${free} free`
}
