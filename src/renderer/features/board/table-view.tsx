import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { memo, type ReactNode, useRef } from 'react'
import { useSettings } from '../../data/live.ts'
import { useWatch } from '../../data/samples.ts'
import { agoWords, fullTime } from '../../data/time.ts'
import { clusterTone, clusterWord, needOf, number } from '../../data/words.ts'
import { nodeRows, sampleOf, wordsOfRows } from '../../ui/cell-rows.tsx'
import { machineCells, mean } from '../../ui/cells.ts'
import { drawCells } from '../../ui/draw-cells.ts'
import { clusterUseWords } from '../../ui/cluster-use.ts'
import { LiveCanvas } from '../../ui/live-canvas.tsx'
import { LiveText } from '../../ui/live-text.tsx'
import { PlainLink } from '../../ui/plain-link.tsx'
import { StateDot } from '../../ui/state-dot.tsx'
import { chooseBoard } from './board-tools.tsx'
import { seenWords } from './card-foot.tsx'
import { type BoardItem, jobsOf, machinesOf } from './items.ts'
import { madeOf } from './made-of.ts'
import { gpuCount, orders, type SortKey } from './sort.ts'
import css from './table-view.module.css'
import { useClusterKeys } from './use-cluster-keys.ts'

const ROW_PX = 28
const CELL_PX = 12
const NODE_GAP_PX = 3
/** A node narrower than this is one cell: the mean of its own. */
const NODE_LEAST_PX = 12

const columns: { name: string; sort?: SortKey; end?: true; narrow?: 'gone' }[] = [
  { name: 'Cluster', sort: 'name' },
  { name: 'State', sort: 'state' },
  { name: 'Place', sort: 'place', narrow: 'gone' },
  { name: 'Made of', narrow: 'gone' },
  { name: 'GPUs', sort: 'gpus', end: true },
  { name: 'Use of each' },
  { name: 'Use', sort: 'use', end: true },
  { name: 'Runs', sort: 'jobs' },
  { name: 'Needs you' },
  { name: 'Launched', sort: 'launched', end: true },
  { name: 'Seen', end: true },
]

/** A line for each cluster, dense. Only the lines in sight are there. */
export function TableView({ items }: { items: readonly BoardItem[] }) {
  const scroll = useRef<HTMLDivElement>(null)
  useClusterKeys(scroll)
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_PX,
    overscan: 4,
    paddingEnd: 12,
  })
  const inSight = rows.getVirtualItems()
  const [first, last] = [inSight[0], inSight.at(-1)]
  useWatch(first && last ? items.slice(first.index, last.index + 1).flatMap(machinesOf) : [], 0)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reached by the keys
    <section className={css.scroll} ref={scroll} aria-label="Clusters" tabIndex={0}>
      <table className={css.table} aria-rowcount={items.length + 1}>
        <Head />
        <tbody>
          {first && first.start > 0 && <tr aria-hidden style={{ height: first.start }} />}
          {inSight.map(({ index }) => {
            const item = items[index]!
            return <ClusterLine key={item.cluster.id} item={item} index={index} />
          })}
          {last && <tr aria-hidden style={{ height: rows.getTotalSize() - last.end }} />}
        </tbody>
      </table>
    </section>
  )
}

function Head() {
  const { board } = useSettings()
  const { by, down } = board.sort
  const Arrow = down ? IconArrowDown : IconArrowUp
  return (
    <thead>
      <tr aria-rowindex={1}>
        {columns.map(({ name, sort, end, narrow }) => (
          <th
            key={name}
            scope="col"
            data-end={end}
            data-narrow={narrow}
            aria-sort={sort && sort === by ? (down ? 'descending' : 'ascending') : undefined}
          >
            {sort ? (
              <button
                type="button"
                onClick={() => chooseBoard({ ...board, sort: { by: sort, down: sort === by ? !down : orders[sort].down } })}
              >
                {name}
                {sort === by && <Arrow size={13} stroke={1.75} aria-hidden />}
              </button>
            ) : (
              name
            )}
          </th>
        ))}
      </tr>
    </thead>
  )
}

const ClusterLine = memo(function ClusterLine({ item, index }: { item: BoardItem; index: number }) {
  const { cluster, nodes, operation, place, notes } = item
  const gpus = gpuCount(item)
  const runs = machinesOf(item).length > 0
  const { running, waiting } = jobsOf(item)
  const [job] = running
  const need = notes[0]?.what ?? needOf(cluster, operation)?.what
  return (
    <tr className={css.row} aria-rowindex={index + 2} data-needs={item.group === 'needs'}>
      <th scope="row">
        <StateDot tone={clusterTone(cluster, operation)} />
        <PlainLink to={`/clusters/${cluster.id}`} className={css.name} title={cluster.name} data-card-link>
          {cluster.name}
        </PlainLink>
      </th>
      <Cell>{clusterWord(cluster, operation).toLowerCase()}</Cell>
      <Cell narrow="gone">{place?.name ?? 'unknown'}</Cell>
      <Cell narrow="gone">{madeOf(nodes)}</Cell>
      <Cell end>{gpus > 0 ? number(gpus) : '–'}</Cell>
      <td>{runs && <ClusterCells item={item} />}</td>
      <Cell end>
        <LiveText read={() => clusterUseWords(cluster, nodes)} />
      </Cell>
      <Cell>
        {job ? (
          <>
            <PlainLink to={`/jobs/${job.id}`} className={css.job}>
              {job.name}
            </PlainLink>
            {running.length + waiting > 1 && ` +${number(running.length + waiting - 1)}`}
          </>
        ) : waiting > 0 ? (
          `${number(waiting)} wait`
        ) : (
          '–'
        )}
      </Cell>
      <td title={need} className={css.need}>
        {need}
      </td>
      <td data-end title={`launched ${fullTime(cluster.createdAt)}`}>
        <LiveText read={() => agoWords(cluster.createdAt, Date.now())} />
      </td>
      <Cell end>
        <LiveText read={() => seenWords(item).replace('seen ', '')} />
      </Cell>
    </tr>
  )
})

function Cell({ end, narrow, children }: { end?: true; narrow?: 'gone'; children: ReactNode }) {
  return (
    <td data-end={end} data-narrow={narrow} title={typeof children === 'string' ? children : undefined}>
      {children}
    </td>
  )
}

/** All GPUs of a cluster in one line, its nodes a little apart; a node is one cell where there are too many. */
function ClusterCells({ item }: { item: BoardItem }) {
  const rows = nodeRows(item.nodes)
  return (
    <LiveCanvas
      height_px={CELL_PX}
      draw={(context, width, height, ink) => {
        const each = (width + NODE_GAP_PX) / rows.length
        const ofRow = rows.map((row) => machineCells(sampleOf(row), row).cells)
        if (each < NODE_LEAST_PX) {
          const cells = ofRow.map((cells) => ({ percent: mean(cells.map(({ percent }) => percent)) }))
          return drawCells(context, cells, { x: 0, y: 0, width, height }, ink)
        }
        for (const [i, cells] of ofRow.entries()) {
          const x = Math.round(i * each)
          drawCells(context, cells, { x, y: 0, width: Math.round((i + 1) * each) - x - NODE_GAP_PX, height }, ink)
        }
      }}
    >
      <LiveText read={() => wordsOfRows(rows)} />
    </LiveCanvas>
  )
}
