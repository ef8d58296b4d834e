import { Button } from '@mantine/core'
import type { Cluster } from '../../../shared/cluster.ts'
import type { ErrorData } from '../../../shared/error.ts'
import type { Operation } from '../../../shared/operation.ts'
import type { ClusterAction } from '../../ui/cluster-actions.tsx'
import { LinkButton } from '../../ui/link-button.tsx'
import { Note } from '../../ui/note.tsx'
import css from './cluster-card.module.css'

type Props = { cluster: Cluster; operation: Operation | undefined; actions: ClusterAction[] }

/** What needs the user, one thing at most, with the buttons that answer it. */
export function CardNote({ cluster, operation, actions }: Props) {
  const need = needOf(cluster, operation)
  if (!need) return null
  const retry = actions.find(({ key }) => key === 'retry')
  return (
    <div className={css.above}>
      <Note
        tone={cluster.state.is === 'failed' ? 'failed' : 'needs'}
        title={need.what}
        actions={
          <span className={css.buttons}>
            {retry && <Button onClick={retry.run}>Retry</Button>}
            <LinkButton
              to={operation ? '/clusters/$clusterId/operation' : '/clusters/$clusterId'}
              params={{ clusterId: cluster.id }}
              aria-label={`Why: ${cluster.name}`}
            >
              Why
            </LinkButton>
          </span>
        }
      >
        {need.why}
      </Note>
    </div>
  )
}

function needOf(cluster: Cluster, operation: Operation | undefined): ErrorData | null {
  const { state, observed } = cluster
  if (operation?.state === 'needs-you' && operation.endedAt === null) return operation.error
  if (state.is === 'degraded' || state.is === 'failed') return state.error
  return state.is === 'ready' ? observed.problem : null
}
