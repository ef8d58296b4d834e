import { Button } from '@mantine/core'
import { IconDeviceDesktop, IconRocket } from '@tabler/icons-react'
import type { Place } from '../../../shared/place.ts'
import { openTerminal } from '../../data/dock.ts'
import { useHealth } from '../../data/live.ts'
import { latest, useWatch } from '../../data/samples.ts'
import { agoWords } from '../../data/time.ts'
import { machineWords } from '../../data/words.ts'
import { CellRows, machineRow } from '../../ui/cell-rows.tsx'
import { LinkButton } from '../../ui/link-button.tsx'
import { LiveText } from '../../ui/live-text.tsx'
import { MachineRows } from '../../ui/machine-rows.tsx'
import { StateDot } from '../../ui/state-dot.tsx'
import css from './cluster-card.module.css'

/** A machine on which no cluster lives, as a card among the clusters. */
export function PlaceCard({ place }: { place: Place }) {
  const health = useHealth(place.id)
  const machine = health?.machine
  useWatch(machine ? [machine.machineId] : [], 0)
  return (
    <article className={css.card} data-tone="off" aria-label={place.name}>
      <header className={css.head}>
        <StateDot tone="off" word="no cluster on it" />
        <span className={css.name}>{place.name}</span>
        <span className={css.where}>
          <IconDeviceDesktop size={15} stroke={1.75} aria-hidden />
          local
        </span>
      </header>
      <p className={css.made} title={machine ? machineWords(machine) : ''}>
        {machine ? machineWords(machine) : 'not looked at yet'}
      </p>
      {machine && (
        <div>
          <CellRows rows={[machineRow(machine)]} />
          <MachineRows machineId={machine.machineId} />
        </div>
      )}
      <div className={`${css.buttons} ${css.above}`}>
        <LinkButton to="/launch" search={{ place: place.id }} leftSection={<IconRocket size={14} stroke={1.75} />}>
          Launch as a cluster
        </LinkButton>
        <Button variant="subtle" onClick={() => void openTerminal({ is: 'place', placeId: place.id })}>
          Open a terminal
        </Button>
      </div>
      <footer className={css.foot}>
        <span>no cost</span>
        <LiveText
          read={() => {
            const sample = machine && latest(machine.machineId)
            return sample ? `seen ${agoWords(sample.at, Date.now())}` : 'not seen yet'
          }}
        />
      </footer>
    </article>
  )
}
