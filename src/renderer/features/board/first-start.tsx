import type { Cluster } from '../../../shared/cluster.ts'
import type { Health } from '../../../shared/place.ts'
import { useHealth, usePlaces } from '../../data/live.ts'
import { Key } from '../../ui/key.tsx'
import { modKey, Scroll } from '../../ui/page.tsx'
import { DoneSoFar } from './done-so-far.tsx'
import { EndedClusters } from './ended-clusters.tsx'
import { Findings } from './findings.tsx'
import css from './first-start.module.css'
import { MachineCard } from './machine-card.tsx'
import { OtherMachines } from './other-machines.tsx'
import { StartNotices } from './start-notices.tsx'

/** The board while nothing is launched: this machine, observed; what is missing on it and the way out; what Styx has done so far. */
export function FirstStart({ ended }: { ended: Cluster[] }) {
  const places = usePlaces()
  const machines = places.filter(({ kind }) => kind === 'local')
  const health = useHealth(machines[0]?.id ?? '')
  return (
    <Scroll>
      <StartNotices />
      <div className={css.top}>
        <div>
          <h2>
            {readiness(health)} {ended.length === 0 ? 'Nothing is launched yet.' : 'Nothing is launched now.'}
          </h2>
          <p>{health?.usable === false ? 'What is missing is below.' : 'Launch it as a cluster, or open a terminal on it.'}</p>
        </div>
        <div className={css.keys}>
          <span>
            <Key>{modKey} K</Key> go anywhere, do anything
          </span>
          <span>
            <Key>{modKey} `</Key> terminal
          </span>
          <span>
            <Key>?</Key> all keys
          </span>
        </div>
      </div>
      {machines.map((place) => (
        <div key={place.id}>
          <div className={css.columns}>
            <MachineCard place={place} />
            <DoneSoFar place={place} />
          </div>
          <Findings place={place} />
        </div>
      ))}
      <OtherMachines pools={places.filter(({ kind }) => kind === 'ssh')} />
      {ended.length > 0 && <EndedClusters clusters={ended} />}
    </Scroll>
  )
}

function readiness(health: Health | undefined): string {
  if (!health) return 'This machine is being looked at.'
  return health.usable ? 'This machine is ready.' : 'This machine cannot be used yet.'
}
