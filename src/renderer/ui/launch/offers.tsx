import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import type { UseQueryResult } from '@tanstack/react-query'
import { memoryWords } from '../../../shared/memory-words.ts'
import type { Offer } from '../../../shared/offer.ts'
import { count } from '../../data/words.ts'
import { toErrorData } from '../../rpc/connection.ts'
import { Card } from '../card.tsx'
import { Loading } from '../empty.tsx'
import { ErrorBlock } from '../error-block.tsx'
import table from '../table.module.css'
import css from './launch.module.css'
import { priceWords } from './launch-words.ts'

type Props = { offers: UseQueryResult<Offer[]>; chosen: Offer | undefined; onChoose(offerId: string): void }

/** What can be had there, at what price, and why not where it cannot. */
export function Offers({ offers, chosen, onChoose }: Props) {
  return (
    <Card
      className={css.offers}
      title="Offers"
      note={offers.data ? count(offers.data.length, 'offer') : ''}
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
        <OfferTable offers={offers.data} chosen={chosen} onChoose={onChoose} />
      )}
    </Card>
  )
}

function OfferTable({ offers, chosen, onChoose }: { offers: Offer[]; chosen: Offer | undefined; onChoose(id: string): void }) {
  return (
    <div className={css.offerTable}>
      <table className={table.table}>
        <thead>
          <tr>
            <th>Type</th>
            <th data-roomy>Where</th>
            <th>GPUs</th>
            <th data-number>Cores</th>
            <th data-number>Memory</th>
            <th data-number>An hour</th>
            <th data-number>To be had</th>
          </tr>
        </thead>
        <tbody>
          {offers.map((offer) => (
            <tr
              key={offer.id}
              className={css.offerRow}
              data-chosen={offer.id === chosen?.id}
              onClick={() => offer.available.is === 'yes' && onChoose(offer.id)}
            >
              <td>
                <label className={table.name}>
                  <input
                    type="radio"
                    name="offer"
                    className={css.radio}
                    checked={offer.id === chosen?.id}
                    disabled={offer.available.is === 'no'}
                    onChange={() => onChoose(offer.id)}
                  />
                  &ensp;{offer.title}
                </label>
              </td>
              <td data-roomy>{offer.where}</td>
              <td>{gpus(offer)}</td>
              <td data-number>{offer.cores ?? 'unknown'}</td>
              <td data-number>{offer.memory_MiB === null ? 'unknown' : memoryWords(offer.memory_MiB)}</td>
              <td data-number>{priceWords(offer, 1).sum}</td>
              <td data-number>{offer.available.is === 'yes' ? 'now' : <span className={css.no}>{offer.available.why}</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function gpus({ gpuCount, gpuName, gpuMemory_MiB }: Offer): string {
  if (gpuCount === 0) return 'none'
  return [`${gpuCount} ×`, gpuName ?? 'GPU', gpuMemory_MiB && memoryWords(gpuMemory_MiB)].filter(Boolean).join(' ')
}
