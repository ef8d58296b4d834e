import { ActionIcon, Button, Menu } from '@mantine/core'
import { IconDots, IconPlayerPlay, IconServerOff, IconTerminal2 } from '@tabler/icons-react'
import { getRouteApi, Link, Outlet, useNavigate } from '@tanstack/react-router'
import { type Cluster, isUsable } from '../../../shared/cluster.ts'
import { jobHasEnded } from '../../../shared/job.ts'
import type { Operation } from '../../../shared/operation.ts'
import { openTerminal, openTerminals } from '../../data/dock.ts'
import { useCluster, useJobs, useNodes, useOperation, usePlaces } from '../../data/live.ts'
import { useWatch } from '../../data/samples.ts'
import { elapsedWords, useNow } from '../../data/time.ts'
import { clusterTone, clusterWord, count, hasEnded, isOpen, nodeName, operationWords } from '../../data/words.ts'
import { type ClusterAction, clusterActions } from '../../ui/cluster-actions.tsx'
import { Empty } from '../../ui/empty.tsx'
import { LinkButton } from '../../ui/link-button.tsx'
import { Page } from '../../ui/page.tsx'
import { StateDot } from '../../ui/state-dot.tsx'
import css from './cluster-page.module.css'

const route = getRouteApi('/clusters/$clusterId')

/** One cluster: what it is and what can be done with it, above its tabs. */
export function ClusterPage() {
  const { clusterId } = route.useParams()
  const cluster = useCluster(clusterId)
  if (!cluster)
    return (
      <Page title="Not found">
        <Empty icon={IconServerOff} title="There is no such cluster" actions={<LinkButton to="/">Go to the board</LinkButton>}>
          It was removed from the list, or the address is mistyped.
        </Empty>
      </Page>
    )
  return <Found cluster={cluster} />
}

function Found({ cluster }: { cluster: Cluster }) {
  const operation = useOperation(cluster.id)
  const nodes = useNodes(cluster.id)
  const watched = cluster.state.is === 'ready' || cluster.state.is === 'degraded' || isOpen(operation)
  useWatch(watched ? nodes.flatMap(({ machineId }) => machineId ?? []) : [], 15 * 60)
  return (
    <Page
      title={cluster.name}
      lead={<Lead cluster={cluster} operation={operation} />}
      actions={<Actions cluster={cluster} operation={operation} />}
    >
      <Tabs cluster={cluster} operation={operation} />
      <Outlet />
    </Page>
  )
}

function Lead({ cluster, operation }: { cluster: Cluster; operation: Operation | undefined }) {
  const nodes = useNodes(cluster.id)
  const place = usePlaces().find(({ id }) => id === cluster.placeId)
  const now = useNow()
  return (
    <>
      <StateDot tone={clusterTone(cluster, operation)} word={clusterWord(cluster, operation)} />
      <h1>{cluster.name}</h1>
      <span className={css.badge}>{clusterWord(cluster, operation).toLowerCase()}</span>
      <span className={css.facts}>
        {[
          nodes.length > 0 && count(nodes.length, 'node'),
          place?.name ?? 'place unknown',
          'no cost',
          hasEnded(cluster) ? null : elapsedWords(now - cluster.createdAt),
        ]
          .filter(Boolean)
          .join(' · ')}
      </span>
    </>
  )
}

function Actions({ cluster, operation }: { cluster: Cluster; operation: Operation | undefined }) {
  const go = useNavigate()
  const all = useNodes(cluster.id)
  const actions = clusterActions(cluster, operation, all, go)
  const nodes = all.filter(({ state }) => state === 'up')
  const [head] = nodes
  const inMenu = ({ key }: ClusterAction) =>
    key === 'terminate' ||
    key === 'give-up' ||
    key === 'restart-ray' ||
    key === 'upgrade-ray' ||
    (key === 'again' && !hasEnded(cluster))
  const menu = actions.filter(inMenu)
  const runs = isUsable(cluster, all)
  return (
    <>
      {runs && (
        <LinkButton to="/task" search={{ cluster: cluster.id }} leftSection={<IconPlayerPlay size={16} stroke={1.75} />}>
          Run
        </LinkButton>
      )}
      {head && (
        <Button
          leftSection={<IconTerminal2 size={16} stroke={1.75} />}
          onClick={() => void openTerminal({ is: 'node', nodeId: head.id })}
        >
          Terminal
        </Button>
      )}
      {actions
        .filter((action) => !inMenu(action))
        .map(({ key, label, run }) => (
          <Button
            key={key}
            onClick={() => {
              run()
              // The page goes with the cluster.
              if (key === 'forget') go({ to: '/' })
            }}
          >
            {label}
          </Button>
        ))}
      {(menu.length > 0 || nodes.length > 1) && (
        <Menu>
          <Menu.Target>
            <ActionIcon aria-label={`More for ${cluster.name}`}>
              <IconDots size={17} stroke={1.75} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {nodes.length > 1 && (
              <Menu.Item onClick={() => void openTerminals(nodes.map(({ id }) => id))}>
                Terminals on all {nodes.length} nodes
              </Menu.Item>
            )}
            {nodes.slice(1).map((node) => (
              <Menu.Item key={node.id} onClick={() => void openTerminal({ is: 'node', nodeId: node.id })}>
                Terminal on {nodeName(node)}
              </Menu.Item>
            ))}
            {menu.map(({ key, label, run, danger }) => (
              <Menu.Item key={key} onClick={run} {...(danger && { 'data-danger': true })}>
                {label}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </>
  )
}

function Tabs({ cluster, operation }: { cluster: Cluster; operation: Operation | undefined }) {
  const nodes = useNodes(cluster.id)
  const params = { clusterId: cluster.id }
  const jobs = useJobs().filter(({ clusterId, state }) => clusterId === cluster.id && !jobHasEnded(state)).length
  const done = operation?.steps.filter(({ state }) => state === 'done').length ?? 0
  return (
    <nav className={css.tabs} aria-label={`Views of ${cluster.name}`}>
      {operation && (
        <Link to="/clusters/$clusterId/operation" params={params}>
          {operationWords[operation.kind].tab}
          {isOpen(operation) && (
            <span>
              {Math.min(done + 1, operation.plan.length)} of {operation.plan.length}
            </span>
          )}
        </Link>
      )}
      <Link to="/clusters/$clusterId" params={params} activeOptions={{ exact: true }}>
        Overview
      </Link>
      <Link to="/clusters/$clusterId/nodes" params={params}>
        Nodes <span>{nodes.length}</span>
      </Link>
      <Link to="/clusters/$clusterId/jobs" params={params} activeOptions={{ includeSearch: false }}>
        Jobs {jobs > 0 && <span>{jobs}</span>}
      </Link>
      <Link to="/clusters/$clusterId/logs" params={params} activeOptions={{ includeSearch: false }}>
        Logs
      </Link>
      <Link to="/clusters/$clusterId/files" params={params} activeOptions={{ includeSearch: false }}>
        Files
      </Link>
      <Link to="/clusters/$clusterId/gpus" params={params}>
        GPUs
      </Link>
      <Link to="/clusters/$clusterId/events" params={params}>
        Events
      </Link>
      <Link to="/clusters/$clusterId/settings" params={params}>
        Settings
      </Link>
    </nav>
  )
}

/** The cluster of the page that is shown. Only inside {@link ClusterPage}, which shows nothing else while there is none. */
export function useShownCluster(): Cluster {
  const { clusterId } = route.useParams()
  const cluster = useCluster(clusterId)
  if (!cluster) throw new Error(`no cluster ${clusterId}`)
  return cluster
}
