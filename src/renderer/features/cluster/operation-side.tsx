import { IconArrowBackUp, IconBell, IconFileText, IconPlayerPause, IconServer, IconTrashX } from '@tabler/icons-react'
import { type Cluster, isUsable } from '../../../shared/cluster.ts'
import type { Node } from '../../../shared/node.ts'
import type { Operation } from '../../../shared/operation.ts'
import { useSettings } from '../../data/live.ts'
import { isOpen, nodeName } from '../../data/words.ts'
import { Card } from '../../ui/card.tsx'
import { CellRows, nodeRows } from '../../ui/cell-rows.tsx'
import { PathText } from '../../ui/path-text.tsx'
import css from './operation-tab.module.css'

/** Beside the steps: what it costs, what was made, what could not be taken back, and what happens when it fails. */
export function OperationSide({ cluster, operation, nodes }: { cluster: Cluster; operation: Operation; nodes: Node[] }) {
  const { notifications } = useSettings()
  const launches = operation.kind === 'launch'
  const adds = operation.kind === 'add-nodes'
  const takesBack =
    (launches && !isUsable(cluster, nodes)) || (adds && !about(operation, nodes).every(({ state }) => state === 'up'))
  return (
    <>
      <Card title="No cost">
        <p className={css.words}>It runs on machines of your own. Styx bills nothing and rents nothing for it.</p>
      </Card>
      <Card title={launches ? 'Made so far' : 'Its nodes'} note={launches && isOpen(operation) ? 'Cancel removes it' : ''}>
        {nodes.length === 0 ? (
          <p className={css.words}>{isOpen(operation) ? 'Nothing yet.' : 'Nothing is left of it.'}</p>
        ) : (
          <ul className={css.list}>
            {nodes.map((node) => (
              <li key={node.id}>
                <IconServer size={16} stroke={1.75} aria-hidden />
                <span>
                  {nodeName(node)}, {node.state}
                </span>
                <span>{node.facts?.hostname ?? ''}</span>
              </li>
            ))}
          </ul>
        )}
        {nodes.length > 0 && cluster.state.is !== 'stopped' && (
          <div className={css.cells}>
            <CellRows rows={nodeRows(nodes)} />
          </div>
        )}
      </Card>
      {operation.leftovers.length > 0 && (
        <Card title="Left behind" note="could not be taken back">
          <ul className={css.list}>
            {operation.leftovers.map((left) => (
              <li key={left.what + left.where}>
                <IconTrashX size={16} stroke={1.75} aria-hidden />
                <span>{left.what}</span>
                <span />
                <small>
                  <PathText text={`${left.where} ${left.why}`} />
                </small>
              </li>
            ))}
          </ul>
        </Card>
      )}
      {isOpen(operation) && (
        <Card title="When it is done">
          <ul className={css.list}>
            {notifications && (
              <li>
                <IconBell size={16} stroke={1.75} aria-hidden />
                <span>You are told, here and at the bell</span>
              </li>
            )}
            <li>
              {takesBack ? (
                <IconArrowBackUp size={16} stroke={1.75} aria-hidden />
              ) : (
                <IconPlayerPause size={16} stroke={1.75} aria-hidden />
              )}
              <span>
                {takesBack
                  ? 'If it fails, it takes back what it made'
                  : `If it fails, ${launches ? 'the nodes stay, and it waits' : 'it waits'} for you at that step`}
              </span>
            </li>
            <li>
              <IconFileText size={16} stroke={1.75} aria-hidden />
              <span>The log is kept either way</span>
            </li>
          </ul>
        </Card>
      )}
    </>
  )
}

/** The nodes that it is about. */
const about = ({ nodeIds }: Operation, nodes: readonly Node[]) =>
  nodes.filter(({ id }) => nodeIds === null || nodeIds.includes(id))
