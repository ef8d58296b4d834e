import { IconCpu, IconLayoutGrid, IconList, IconPlayerPlay, IconPlus, IconSettings } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { jobHasEnded } from '../../shared/job.ts'
import type { Place } from '../../shared/place.ts'
import { useClusters, useHealth, useJobs, usePlaces } from '../data/live.ts'
import { placeState } from '../data/place-words.ts'
import { count, hasEnded } from '../data/words.ts'
import { PlaceIcon } from '../ui/place-icon.tsx'
import { Sign } from '../ui/sign.tsx'
import { StateDot } from '../ui/state-dot.tsx'
import { ClusterItems } from './cluster-items.tsx'
import { ConnectionPill } from './connection-pill.tsx'
import css from './sidebar.module.css'
import { WaitingAsks } from './waiting-asks.tsx'

/** The views, every cluster with its state and use, and where one can launch. */
export function Sidebar() {
  const all = useClusters()
  const clusters = all.filter((cluster) => !hasEnded(cluster))
  return (
    <aside className={css.sidebar} aria-label="Views, clusters and places">
      <div className={css.brand}>
        <Sign />
        Styx
      </div>
      <nav className={css.group} aria-label="Views">
        <Link to="/" className={css.item} activeOptions={{ exact: true, includeSearch: false }} aria-keyshortcuts="1">
          <IconLayoutGrid size={16} stroke={1.75} aria-hidden />
          <span className={css.name}>Board</span>
          <span className={css.end} aria-hidden="true">
            1
          </span>
        </Link>
        <Link to="/gpus" className={css.item} aria-keyshortcuts="2">
          <IconCpu size={16} stroke={1.75} aria-hidden />
          <span className={css.name}>GPUs</span>
          <span className={css.end} aria-hidden="true">
            2
          </span>
        </Link>
        <Link to="/jobs" className={css.item} activeOptions={{ includeSearch: false }} aria-keyshortcuts="3">
          <IconPlayerPlay size={16} stroke={1.75} aria-hidden />
          <span className={css.name}>Jobs</span>
          <ActiveJobs />
          <span className={css.end} aria-hidden="true">
            3
          </span>
        </Link>
        <Link to="/events" className={css.item} aria-keyshortcuts="4">
          <IconList size={16} stroke={1.75} aria-hidden />
          <span className={css.name}>Events</span>
          <span className={css.end} aria-hidden="true">
            4
          </span>
        </Link>
        <Link to="/settings" className={css.item} aria-keyshortcuts=",">
          <IconSettings size={16} stroke={1.75} aria-hidden />
          <span className={css.name}>Settings</span>
          <span className={css.end} aria-hidden="true">
            ,
          </span>
        </Link>
      </nav>
      <nav className={`${css.group} ${css.clusters}`} aria-label="Clusters">
        <h2 className={css.head}>
          Clusters <span>{clusters.length}</span>
        </h2>
        {clusters.length === 0 ? (
          <p className={css.none}>{all.length === 0 ? 'None yet.' : 'None now.'} Launch one, or add machines you have.</p>
        ) : (
          <ClusterItems clusters={clusters} />
        )}
      </nav>
      <WaitingAsks />
      <ConnectionPill />
      <nav className={`${css.group} ${css.places}`} aria-label="Where you can launch">
        <h2 className={css.head}>Where you can launch</h2>
        {usePlaces().map((place) => (
          <PlaceItem key={place.id} place={place} />
        ))}
        <Link to="/places/add" className={css.item}>
          <IconPlus size={16} stroke={1.75} aria-hidden />
          <span className={css.name}>Add machines</span>
        </Link>
      </nav>
    </aside>
  )
}

/** How many run or wait. */
function ActiveJobs() {
  const active = useJobs().filter(({ state }) => !jobHasEnded(state)).length
  return active > 0 && <span className={css.count}>{count(active, 'active', 'active')}</span>
}

function PlaceItem({ place }: { place: Place }) {
  const { tone, word, note } = placeState(place, useHealth(place.id))
  const inside = (
    <>
      <PlaceIcon kind={place.kind} />
      <span className={css.name}>{place.name}</span>
      <span className={css.end}>{note}</span>
      <StateDot tone={tone} word={word} />
    </>
  )
  if (place.kind === 'ssh')
    return (
      <Link to="/places/$placeId" params={{ placeId: place.id }} className={css.item}>
        {inside}
      </Link>
    )
  return (
    <Link to="/launch" search={{ place: place.id }} className={css.item} activeProps={{}} activeOptions={{ includeSearch: true }}>
      {inside}
    </Link>
  )
}
