import { Button } from '@mantine/core'
import type { ErrorData } from '../../../shared/error.ts'
import type { Note as MachineNote } from '../../../shared/note.ts'
import { hostOfError, isChangedKey } from '../../data/changed-key.ts'
import { openTerminal } from '../../data/dock.ts'
import { useMachineProblem } from '../../data/samples.ts'
import { clusterTone, needOf, nodeName, rayProblem } from '../../data/words.ts'
import { AskNote } from '../../ui/ask-note.tsx'
import type { ClusterAction } from '../../ui/cluster-actions.tsx'
import { LinkButton } from '../../ui/link-button.tsx'
import { Note } from '../../ui/note.tsx'
import { PathText } from '../../ui/path-text.tsx'
import { PlainLink } from '../../ui/plain-link.tsx'
import css from './cluster-card.module.css'
import { type BoardItem, machinesOf } from './items.ts'

type Props = { item: BoardItem; actions: ClusterAction[] }

/** What needs the user, one thing at most, with the buttons that answer it. */
export function CardNote({ item, actions }: Props) {
  const unread = useMachineProblem(machinesOf(item))
  const need = needOf(item.cluster, item.operation)
  const [note] = item.notes
  if (item.ask)
    return (
      <div className={css.above}>
        <AskNote ask={item.ask} />
      </div>
    )
  if (need) return <ClusterNeed item={item} actions={actions} need={need} />
  if (note) return <MachineNeed item={item} actions={actions} note={note} />
  return (
    unread && (
      <Note tone="needs" title="Its machine cannot be read">
        {unread}
      </Note>
    )
  )
}

function ClusterNeed({ item: { cluster, operation, nodes }, actions, need }: Props & { need: ErrorData }) {
  const changedOn = isChangedKey(need) ? hostOfError(need, nodes) : null
  const ofRay = need === rayProblem(cluster)
  const answer = actions.find(({ key }) => (ofRay ? key === 'restart-ray' : key === 'retry' || key === 'start'))
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
              {...(changedOn
                ? { to: '/places/$placeId/hosts/$hostId', params: { placeId: cluster.placeId, hostId: changedOn } }
                : {
                    to: operation && !ofRay ? '/clusters/$clusterId/operation' : '/clusters/$clusterId',
                    params: { clusterId: cluster.id },
                  })}
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

/** What was found on one of its machines. More of them are on its page. */
function MachineNeed({ item, actions, note }: Props & { note: MachineNote }) {
  const { cluster, nodes, notes } = item
  const node = nodes.find(({ machineId }) => machineId === note.machineId)
  const where = nodes.length > 1 && node ? `${nodeName(node)}: ` : ''
  const stop = note.kind === 'idle' ? actions.find(({ key }) => key === 'stop') : undefined
  const onDisk = note.kind === 'disk' || note.kind === 'memory'
  return (
    <div className={`${css.above} ${css.note}`}>
      <Note
        tone={note.level === 'bad' ? 'failed' : 'needs'}
        title={`${where}${note.what}`}
        actions={
          <span className={css.buttons}>
            {stop && (
              <Button aria-label={stop.sentence} onClick={stop.run}>
                {stop.label}
              </Button>
            )}
            {onDisk && node?.state === 'up' && (
              <Button
                aria-label={`Terminal on ${cluster.name}, ${nodeName(node)}`}
                onClick={() => void openTerminal({ is: 'node', nodeId: node.id })}
              >
                Terminal
              </Button>
            )}
            <PlainLink to={`/clusters/${cluster.id}`} className={css.more} aria-label={`More on what ${cluster.name} needs`}>
              {notes.length > 1 ? `${notes.length - 1} more` : 'More'}
            </PlainLink>
          </span>
        }
      >
        {note.why}
      </Note>
    </div>
  )
}
