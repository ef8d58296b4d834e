import { Button } from '@mantine/core'
import { IconDeviceDesktop, IconRocket, IconTerminal2 } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Place } from '../../../shared/place.ts'
import { openTerminal } from '../../data/dock.ts'
import { useHealth } from '../../data/live.ts'
import { latest, useMachineProblem, useWatch } from '../../data/samples.ts'
import { agoWords } from '../../data/time.ts'
import { machineWords } from '../../data/words.ts'
import { api, toErrorData } from '../../rpc/connection.ts'
import { Card } from '../../ui/card.tsx'
import { CellRows, machineRow } from '../../ui/cell-rows.tsx'
import { ErrorBlock } from '../../ui/error-block.tsx'
import { LinkButton } from '../../ui/link-button.tsx'
import { LiveText } from '../../ui/live-text.tsx'
import { MachineRows } from '../../ui/machine-rows.tsx'
import { Note } from '../../ui/note.tsx'
import { StateDot } from '../../ui/state-dot.tsx'
import { calloutOf } from './callout.ts'
import css from './machine-card.module.css'

/** This machine as it is now, with what it can be used for. */
export function MachineCard({ place }: { place: Place }) {
  const health = useHealth(place.id)
  // The engine checks by itself; where it has not yet, the card asks.
  const check = useQuery({
    queryKey: ['check', place.id],
    queryFn: () => api.places.check({ placeId: place.id }),
    enabled: health === undefined,
  })
  const machine = health?.machine ?? null
  useWatch(machine ? [machine.machineId] : [], 15 * 60)
  const callout = health && calloutOf(health)
  const unread = useMachineProblem(machine ? [machine.machineId] : [])
  return (
    <Card
      className={css.card}
      title={
        <span className={css.title}>
          <StateDot
            tone={!health ? 'off' : health.usable ? 'ready' : 'needs'}
            word={!health ? 'not checked yet' : health.usable ? 'can launch' : 'cannot launch'}
          />
          {place.name}
        </span>
      }
      note={machine ? `${machineWords(machine)} · ${machine.os}` : health ? 'could not be read' : 'being looked at…'}
      end={
        <>
          <IconDeviceDesktop size={15} stroke={1.75} aria-hidden />
          <LiveText
            read={() => {
              const sample = machine && latest(machine.machineId)
              return `local · ${sample ? `seen ${agoWords(sample.at, Date.now())}` : 'not seen yet'}`
            }}
          />
        </>
      }
    >
      <div className={css.body}>
        <div className={css.live}>
          {machine && (
            <>
              <CellRows rows={[machineRow(machine)]} />
              <MachineRows machineId={machine.machineId} wide />
            </>
          )}
        </div>
        <div className={css.words}>
          {check.error ? (
            <ErrorBlock error={toErrorData(check.error)}>
              <Button onClick={() => check.refetch()}>Look again</Button>
            </ErrorBlock>
          ) : (
            <>
              {!health && (
                <Note tone="motion" title="Being looked at">
                  Styx reads what this machine is made of. It changes nothing.
                </Note>
              )}
              {unread && (
                <Note tone="needs" title="This machine cannot be read now">
                  {unread}
                </Note>
              )}
              {callout && (
                <Note tone={callout.level === 'note' ? 'motion' : 'needs'} title={callout.what}>
                  {[callout.why, callout.wayOut].filter(Boolean).join(' ')}
                </Note>
              )}
            </>
          )}
          <div className={css.buttons}>
            {health && !health.usable ? (
              <Button onClick={() => check.refetch()}>Look again</Button>
            ) : (
              <LinkButton
                to="/launch"
                search={{ place: place.id }}
                variant="filled"
                leftSection={<IconRocket size={16} stroke={1.75} />}
              >
                Launch as a cluster
              </LinkButton>
            )}
            <Button
              variant="subtle"
              leftSection={<IconTerminal2 size={16} stroke={1.75} />}
              onClick={() => void openTerminal({ is: 'place', placeId: place.id })}
            >
              Open a terminal
            </Button>
            <span>no cost</span>
          </div>
        </div>
      </div>
    </Card>
  )
}
