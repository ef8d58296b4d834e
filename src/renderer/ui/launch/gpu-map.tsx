import { NumberInput } from '@mantine/core'
import type { Offer } from '../../../shared/offer.ts'
import { useClusters } from '../../data/live.ts'
import { gpuName, gpuNumbers } from '../../data/words.ts'
import { Card } from '../card.tsx'
import { type GpuWishes, gpusTaken } from './choice.ts'
import css from './gpu-map.module.css'

type Props = { offers: readonly Offer[]; wishes: GpuWishes; onWish(offerId: string, gpus: number): void }

/** The GPUs of the machines that were chosen: who holds which, and how many this cluster takes. Nothing where there is none. */
export function GpuMap({ offers, wishes, onWish }: Props) {
  const withGpus = offers.filter(({ gpus }) => gpus.length > 0)
  if (withGpus.length === 0) return null
  return (
    <Card title="GPUs" note="who holds which, and how many this cluster takes">
      <ul className={css.map}>
        {withGpus.map((offer) => (
          <Machine key={offer.id} offer={offer} taken={gpusTaken(offer, wishes)} onWish={(gpus) => onWish(offer.id, gpus)} />
        ))}
      </ul>
    </Card>
  )
}

function Machine({ offer, taken, onWish }: { offer: Offer; taken: number; onWish(gpus: number): void }) {
  const clusters = useClusters()
  const nameOf = (clusterId: string) => clusters.find(({ id }) => id === clusterId)?.name ?? 'a cluster'
  const free = offer.gpus.filter(({ heldBy }) => heldBy === null)
  const ours = new Set(free.slice(0, taken).map(({ uuid }) => uuid))
  const holders = [...new Set(offer.gpus.flatMap(({ heldBy }) => heldBy ?? []))]
  const held = holders.map((id) => ({ id, numbers: offer.gpus.flatMap(({ heldBy }, index) => (heldBy === id ? [index] : [])) }))
  return (
    <li className={css.machine}>
      <span className={css.name}>
        {offer.title}
        <small>{offer.gpuName ? gpuName(offer.gpuName) : 'GPU'}</small>
      </span>
      <span className={css.cells} aria-hidden>
        {offer.gpus.map(({ uuid, heldBy }, index) => (
          <span
            key={uuid}
            className={css.cell}
            data-is={heldBy !== null ? 'held' : ours.has(uuid) ? 'ours' : 'free'}
            style={heldBy === null ? undefined : ({ '--holder': holderColour(holders, heldBy) } as React.CSSProperties)}
            title={`GPU ${index}: ${heldBy !== null ? `held by ${nameOf(heldBy)}` : ours.has(uuid) ? 'for this cluster' : 'free'}`}
          />
        ))}
      </span>
      <NumberInput
        size="xs"
        aria-label={`GPUs of ${offer.title}`}
        min={0}
        max={free.length}
        clampBehavior="strict"
        allowDecimal={false}
        disabled={free.length === 0}
        value={taken}
        onChange={(value) => onWish(typeof value === 'number' ? value : 0)}
      />
      <span className={css.of}>of {free.length} free</span>
      {held.length > 0 && (
        <span className={css.holders}>
          {held.map(({ id, numbers }) => (
            <span key={id} style={{ '--holder': holderColour(holders, id) } as React.CSSProperties}>
              {nameOf(id)} holds {gpuNumbers(numbers)}
            </span>
          ))}
        </span>
      )}
    </li>
  )
}

/** Of four that can be told apart; the fifth begins again, and the words say which is which. */
const holderColour = (holders: readonly string[], id: string) => `var(--rank-${holders.indexOf(id) % 4})`
