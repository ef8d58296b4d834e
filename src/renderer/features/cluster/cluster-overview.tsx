import { Button } from '@mantine/core'
import { IconPlayerStop, IconServer } from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import { type Job, jobHasEnded } from '../../../shared/job.ts'
import { useEvents, useJobs, useNodes, useOperation } from '../../data/live.ts'
import { hasEnded, isOpen } from '../../data/words.ts'
import { Card } from '../../ui/card.tsx'
import { clusterActions } from '../../ui/cluster-actions.tsx'
import { Empty } from '../../ui/empty.tsx'
import { EventList } from '../../ui/event-list.tsx'
import { MachineNotes } from '../../ui/machine-notes.tsx'
import { JobLines } from '../../ui/job-lines.tsx'
import { Scroll } from '../../ui/page.tsx'
import { ClusterNeeds } from './cluster-needs.tsx'
import css from './cluster-page.module.css'
import { useShownCluster } from './cluster-page.tsx'
import { MachineFactsCard } from './machine-facts.tsx'
import { NodeLive } from './node-live.tsx'
import { RayCard } from './ray-card.tsx'

/** What the cluster's machines do now, what needs the user, and what happened last. */
export function ClusterOverview() {
  const cluster = useShownCluster()
  const nodes = useNodes(cluster.id)
  const operation = useOperation(cluster.id)
  const stop = clusterActions(cluster, operation, nodes, useNavigate()).find(({ key }) => key === 'stop')
  const events = useEvents()
    .filter(({ clusterId }) => clusterId === cluster.id)
    .slice(0, 10)
  const seen = nodes.filter(({ facts, machineId }) => facts && machineId)
  const runs = !hasEnded(cluster) && cluster.state.is !== 'stopped'
  return (
    <Scroll>
      <div className={css.overview}>
        <div className={css.main}>
          <ClusterNeeds cluster={cluster} operation={operation} />
          <MachineNotes
            nodes={nodes}
            answer={({ kind }) => kind === 'idle' && stop && <Button onClick={stop.run}>{stop.label}</Button>}
          />
          {runs && seen.length > 0 ? (
            seen.map((node) => <NodeLive key={node.id} node={node} alone={seen.length === 1} />)
          ) : (
            <Card>
              <NothingLive />
            </Card>
          )}
        </div>
        <div className={css.side}>
          {runs && <RayCard cluster={cluster} />}
          <JobsCard clusterId={cluster.id} />
          {seen[0]?.facts && <MachineFactsCard facts={seen[0].facts} of={seen.length} />}
          <Card
            title="Events"
            end={
              <Link to="/clusters/$clusterId/events" params={{ clusterId: cluster.id }}>
                All
              </Link>
            }
          >
            {events.length === 0 ? (
              <p style={{ color: 'var(--text-3)' }}>Nothing happened lately.</p>
            ) : (
              <div style={{ margin: '4px -10px -4px' }}>
                <EventList events={events} ofOne />
              </div>
            )}
          </Card>
        </div>
      </div>
    </Scroll>
  )
}

const JOBS_SHOWN = 5

/** What runs on it, what waits, and what ended last. */
function JobsCard({ clusterId }: { clusterId: string }) {
  const jobs = useJobs().filter((job) => job.clusterId === clusterId)
  // Those that run, then the one whose turn is next, then what ended last.
  const rank = ({ state }: Job) => (state === 'RUNNING' || state === 'SETTING_UP' ? 0 : jobHasEnded(state) ? 2 : 1)
  const shown = jobs
    .toSorted((a, b) => rank(a) - rank(b) || (rank(a) === 2 ? b.number - a.number : a.number - b.number))
    .slice(0, JOBS_SHOWN)
  if (jobs.length === 0) return null
  return (
    <Card
      title="Jobs"
      end={
        <Link to="/clusters/$clusterId/jobs" params={{ clusterId }}>
          All
        </Link>
      }
    >
      <JobLines jobs={shown} />
    </Card>
  )
}

/** Why there is nothing to see, and what to do about it. */
function NothingLive() {
  const cluster = useShownCluster()
  const operation = useOperation(cluster.id)
  const actions = clusterActions(cluster, operation, useNodes(cluster.id), useNavigate())
  const start = actions.find(({ key }) => key === 'start')
  if (cluster.state.is === 'stopped')
    return (
      <Empty
        icon={IconPlayerStop}
        title={`${cluster.name} is stopped`}
        actions={
          start && (
            <Button variant="filled" onClick={start.run}>
              Start {cluster.name}
            </Button>
          )
        }
      >
        Nothing runs on it. Its folders are kept, and Start brings it back.
      </Empty>
    )
  if (cluster.state.is === 'terminated')
    return (
      <Empty icon={IconServer} title={`${cluster.name} is terminated`}>
        It holds nothing any more. Its events and logs are kept until you remove it from the list.
      </Empty>
    )
  if (cluster.state.is === 'failed')
    return (
      <Empty icon={IconServer} title="It has no nodes">
        What its launch had made was taken back. Retry makes it again.
      </Empty>
    )
  return (
    <Empty icon={IconServer} title="No node was seen yet">
      {isOpen(operation) ? 'It appears here as soon as it answers.' : 'No node of it answered so far.'}
    </Empty>
  )
}
