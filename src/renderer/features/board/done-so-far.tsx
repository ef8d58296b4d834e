import { IconCheck, IconDatabase, IconLock, IconPackage } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Place } from '../../../shared/place.ts'
import { useClusters, useEvents, useHealth, usePlaces } from '../../data/live.ts'
import { history } from '../../data/samples.ts'
import { elapsedWords } from '../../data/time.ts'
import { count } from '../../data/words.ts'
import { api } from '../../rpc/connection.ts'
import { Ago } from '../../ui/ago.tsx'
import { Card } from '../../ui/card.tsx'
import { LiveText } from '../../ui/live-text.tsx'
import css from './first-start.module.css'

/** What Styx has done until now, each line read from what really happened. */
export function DoneSoFar({ place }: { place: Place }) {
  const health = useHealth(place.id)
  const clusters = useClusters()
  const launched = useEvents().some(({ clusterId }) => clusterId !== null) || clusters.length > 0
  const allLocal = usePlaces().every(({ kind }) => kind === 'local')
  const info = useQuery({ queryKey: ['info'], queryFn: () => api.app.info() })
  const machineId = health?.machine?.machineId
  return (
    <Card title="What Styx has done so far">
      <ul className={css.done}>
        {health && (
          <li>
            <IconCheck size={16} stroke={1.75} data-good aria-hidden />
            <strong>Looked at what it is made of</strong>
            <small>
              read only, <Ago at={health.at} />
            </small>
          </li>
        )}
        {machineId && (
          <li>
            <IconCheck size={16} stroke={1.75} data-good aria-hidden />
            <strong>Watched this machine</strong>
            <small>
              <LiveText read={() => watchedWords(machineId)} />
            </small>
          </li>
        )}
        {allLocal && (
          <li>
            <IconLock size={16} stroke={1.75} aria-hidden />
            <strong>Contacted nobody</strong>
            <small>no other place is set up</small>
          </li>
        )}
        <li>
          <IconPackage size={16} stroke={1.75} aria-hidden />
          {launched ? (
            <>
              <strong>Holds nothing now</strong>
              <small>{count(clusters.length, 'cluster')} ended, see below</small>
            </>
          ) : (
            <>
              <strong>Made nothing</strong>
              <small>you see every price before it costs</small>
            </>
          )}
        </li>
        {info.data && (
          <li>
            <IconDatabase size={16} stroke={1.75} aria-hidden />
            <strong>Keeps its own notes</strong>
            <small>in {info.data.stateFolder}</small>
          </li>
        )}
      </ul>
    </Card>
  )
}

function watchedWords(machineId: string): string {
  const samples = history(machineId)
  const [first] = samples
  const last = samples.at(-1)
  return first && last ? `for ${elapsedWords(last.at - first.at)}, on this machine only` : 'the first reading is on its way'
}
