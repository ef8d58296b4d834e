import { Button } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import type { Cluster } from '../../../shared/cluster.ts'
import { useAllOperations } from '../../data/live.ts'
import { clusterTone, clusterWord, wasCancelled } from '../../data/words.ts'
import { Ago } from '../../ui/ago.tsx'
import { clusterActions } from '../../ui/cluster-actions.tsx'
import { StateDot } from '../../ui/state-dot.tsx'
import table from '../../ui/table.module.css'
import css from './ended-clusters.module.css'
import page from './first-start.module.css'

/** Clusters that hold nothing any more, kept until the user removes them: their events and logs can still be read. */
export function EndedClusters({ clusters }: { clusters: Cluster[] }) {
  const operations = useAllOperations()
  const go = useNavigate()
  return (
    <section className={page.section}>
      <div className={page.sectionHead}>
        <h2>Ended</h2>
        <span>they hold nothing and cost nothing; their events and logs are kept until you remove them</span>
      </div>
      <ul className={table.rows}>
        {clusters.map((cluster) => {
          const { state } = cluster
          return (
            <li key={cluster.id} className={`${table.row} ${css.row}`}>
              <StateDot tone={clusterTone(cluster)} word={clusterWord(cluster)} />
              <Link to="/clusters/$clusterId" params={{ clusterId: cluster.id }} className={table.name}>
                {cluster.name}
              </Link>
              <span>
                {clusterWord(cluster).toLowerCase()}{' '}
                {(state.is === 'terminated' || state.is === 'failed') && <Ago at={state.at} />}
                {state.is === 'failed' && !wasCancelled(cluster) && ` · ${state.error.what}`}
              </span>
              <span className={table.end}>
                {clusterActions(cluster, operations[cluster.id], [], go).map(({ key, label, sentence, run }) => (
                  <Button key={key} variant="subtle" aria-label={sentence} onClick={run}>
                    {label}
                  </Button>
                ))}
              </span>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
