import { SegmentedControl, TextInput } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { jobHasEnded } from '../../../shared/job.ts'
import { useJobs } from '../../data/live.ts'
import { count, gpuWords, machineWords } from '../../data/words.ts'
import { Card } from '../../ui/card.tsx'
import { nameProblem } from '../../ui/launch/name-problem.ts'
import { Offers } from '../../ui/launch/offers.tsx'
import { Places } from '../../ui/launch/places.tsx'
import table from '../../ui/table.module.css'
import type { Target } from './target.ts'
import css from './task.module.css'

/** Where the task is to run: a cluster that is ready, or a new one. */
export function Where({ target }: { target: Target }) {
  const { launches, ready } = target
  return (
    <>
      <Card
        title="Where it runs"
        note={ready.length === 0 ? 'on a new cluster: none is ready' : undefined}
        end={
          ready.length > 0 && (
            <SegmentedControl
              aria-label="Where it runs"
              value={launches ? 'new' : 'ready'}
              onChange={(value) => target.setLaunches(value === 'new')}
              data={[
                { value: 'ready', label: 'A cluster that is ready' },
                { value: 'new', label: 'A new one' },
              ]}
            />
          )
        }
      >
        {launches ? <NewCluster target={target} /> : <Clusters target={target} />}
      </Card>
      {launches && <Offers offers={target.offers} chosen={target.offer ? [target.offer] : []} onChoose={target.setOffer} />}
    </>
  )
}

function NewCluster({ target }: { target: Target }) {
  const { name, setName, places, place, setPlace } = target
  const problem = nameProblem(name)
  return (
    <div className={css.newCluster}>
      <TextInput
        label="Name of the cluster"
        autoComplete="off"
        spellCheck={false}
        value={name}
        error={problem}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
        rightSection={problem === null && <IconCheck size={16} color="var(--ready)" role="img" aria-label="not taken" />}
      />
      <Places places={places} value={place?.id ?? ''} onChange={setPlace} />
    </div>
  )
}

function Clusters({ target }: { target: Target }) {
  const { ready, cluster: chosen, setCluster, nodes } = target
  const jobs = useJobs().filter(({ state }) => !jobHasEnded(state))
  return (
    <div className={css.clusters}>
      <table className={table.table}>
        <thead>
          <tr>
            <th>Cluster</th>
            <th>Nodes</th>
            <th>Of each</th>
            <th data-number>Jobs before it</th>
          </tr>
        </thead>
        <tbody>
          {ready.map((cluster) => {
            const own = nodes[cluster.id] ?? []
            const facts = own[0]?.facts
            const before = jobs.filter(({ clusterId }) => clusterId === cluster.id).length
            return (
              <tr
                key={cluster.id}
                className={css.choice}
                data-chosen={cluster.id === chosen?.id}
                onClick={() => setCluster(cluster.id)}
              >
                <td>
                  <label className={table.name}>
                    <input
                      type="radio"
                      name="cluster"
                      className={css.radio}
                      checked={cluster.id === chosen?.id}
                      onChange={() => setCluster(cluster.id)}
                    />
                    &ensp;{cluster.name}
                  </label>
                </td>
                <td>{own.length}</td>
                <td title={facts ? machineWords(facts) : undefined}>
                  {facts ? [facts.cores && count(facts.cores, 'core'), gpuWords(facts)].filter(Boolean).join(' · ') : 'unknown'}
                </td>
                <td data-number>{before === 0 ? 'none' : before}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
