import { Button } from '@mantine/core'
import type { Cluster } from '../../../shared/cluster.ts'
import type { ErrorData } from '../../../shared/error.ts'
import type { Operation } from '../../../shared/operation.ts'
import { clusterTone } from '../../data/words.ts'
import type { ClusterAction } from '../../ui/cluster-actions.tsx'
import { LinkButton } from '../../ui/link-button.tsx'
import { Note } from '../../ui/note.tsx'
import { PathText } from '../../ui/path-text.tsx'
import css from './cluster-card.module.css'

/** `unread`: why a machine of it cannot be read. */
type Props = { cluster: Cluster; operation: Operation | undefined; actions: ClusterAction[]; unread: string | null }

/** What needs the user, one thing at most, with the buttons that answer it. */
export function CardNote({ cluster, operation, actions, unread }: Props) {
  const need = needOf(cluster, operation)
  if (!need)
    return (
      unread && (
        <Note tone="needs" title="Its machine cannot be read">
          {unread}
        </Note>
      )
    )
  const answer = actions.find(({ key }) => key === 'retry' || key === 'start')
  return (
    <div className={`${css.above} ${css.note}`}>
      <Note
        tone={clusterTone(cluster) === 'failed' ? 'failed' : 'needs'}
        title={need.what}
        actions={
          <span className={css.buttons}>
            {answer && (
              <Button aria-label={answer.sentence} onClick={answer.run}>
                {answer.key === 'retry' ? 'Retry' : answer.label}
              </Button>
            )}
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
        <PathText text={need.why} />
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
