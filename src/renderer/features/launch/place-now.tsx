import { useHealth, usePlaces } from '../../data/live.ts'
import { latest, useWatch } from '../../data/samples.ts'
import { agoWords } from '../../data/time.ts'
import { machineWords } from '../../data/words.ts'
import { Card } from '../../ui/card.tsx'
import { CellRows, machineRow } from '../../ui/cell-rows.tsx'
import { LiveText } from '../../ui/live-text.tsx'
import { MachineRows } from '../../ui/machine-rows.tsx'
import css from './launch-page.module.css'

/** How busy the chosen machine is at this moment, before anything is launched on it. */
export function PlaceNow({ placeId }: { placeId: string }) {
  const place = usePlaces().find(({ id }) => id === placeId)
  const machine = useHealth(placeId)?.machine
  useWatch(machine ? [machine.machineId] : [], 60)
  if (!place || !machine) return null
  const { machineId } = machine
  return (
    <Card
      title={`${place.name} now`}
      note={machineWords(machine)}
      end={
        <LiveText
          read={() => {
            const sample = latest(machineId)
            return sample ? `seen ${agoWords(sample.at, Date.now())}` : 'not seen yet'
          }}
        />
      }
    >
      <div className={css.now}>
        <CellRows rows={[machineRow(machine)]} />
        <MachineRows machineId={machineId} wide />
      </div>
    </Card>
  )
}
