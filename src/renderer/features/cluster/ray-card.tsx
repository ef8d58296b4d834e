import { Button } from '@mantine/core'
import { IconExternalLink } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { Cluster } from '../../../shared/cluster.ts'
import { type Ray, rayAddress } from '../../../shared/ray.ts'
import { useNodes, useOperation } from '../../data/live.ts'
import { number } from '../../data/words.ts'
import { api, toErrorData } from '../../rpc/connection.ts'
import { Ago } from '../../ui/ago.tsx'
import { Card } from '../../ui/card.tsx'
import { clusterActions } from '../../ui/cluster-actions.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { ErrorBlock } from '../../ui/error-block.tsx'
import css from './cluster-page.module.css'

/** The cluster's Ray: how it stands, what is used of it, and its dashboard one click away. */
export function RayCard({ cluster }: { cluster: Cluster }) {
  const { ray } = cluster
  const actions = clusterActions(cluster, useOperation(cluster.id), useNodes(cluster.id), useNavigate())
  const open = useMutation({
    mutationFn: () => api.clusters.openRayDashboard({ clusterId: cluster.id }),
    onSuccess: ({ url }) => void window.open(url, '_blank', 'noopener,noreferrer'),
  })
  if (!ray) return null
  const runs = ray.is === 'running' || ray.is === 'degraded'
  const address = rayAddress(ray)
  return (
    <Card
      title="Ray"
      note={ray.version ?? ''}
      end={
        runs && (
          <Button
            leftSection={<IconExternalLink size={15} stroke={1.75} />}
            loading={open.isPending}
            onClick={() => open.mutate()}
          >
            Dashboard
          </Button>
        )
      }
    >
      {open.error && <ErrorBlock error={toErrorData(open.error)} />}
      <dl className={css.facts2}>
        <dt>State</dt>
        <dd>
          {stateWords[ray.is]}, <Ago at={ray.since} />
        </dd>
        {ray.nodes.length > 0 && runs && (
          <>
            <dt>Nodes in it</dt>
            <dd>{nodesWords(ray)}</dd>
          </>
        )}
        {runs && (
          <>
            <dt>CPUs in use</dt>
            <dd>{ray.use ? `${number(ray.use.cpusUsed)} of ${number(ray.use.cpus)}` : 'unknown'}</dd>
            <dt>GPUs in use</dt>
            <dd>
              {!ray.use
                ? 'unknown'
                : ray.use.gpus === 0
                  ? 'none there'
                  : `${number(ray.use.gpusUsed)} of ${number(ray.use.gpus)}`}
            </dd>
          </>
        )}
        {address && (
          <>
            <dt>Address</dt>
            <dd>
              <code>{address}</code> <CopyButton text={address} label="Copy Ray’s address" />
            </dd>
          </>
        )}
        {ray.python && (
          <>
            <dt>Python</dt>
            <dd>{ray.python}, an environment of its own</dd>
          </>
        )}
      </dl>
      {ray.version && !ray.guarded && (
        <p className={css.rayNote}>
          This version asks for no token: whoever reaches its ports on the network may run code there.
        </p>
      )}
      <div className={css.rayButtons}>
        {actions
          .filter(({ key }) => key === 'restart-ray' || key === 'upgrade-ray')
          .map(({ key, label, run }) => (
            <Button key={key} variant="subtle" onClick={run}>
              {label}
            </Button>
          ))}
      </div>
    </Card>
  )
}

const stateWords: Record<Ray['is'], string> = {
  waiting: 'Not begun',
  installing: 'Being installed',
  starting: 'Starting',
  running: 'Running',
  degraded: 'Not whole',
  stopped: 'Ended',
  failed: 'Failed',
}

const nodesWords = ({ nodes }: Ray): string => {
  const alive = nodes.filter((node) => node.alive).length
  return alive === nodes.length ? `all ${alive}` : `${alive} of ${nodes.length}`
}
