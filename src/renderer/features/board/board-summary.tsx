import type { Cluster } from '../../../shared/cluster.ts'
import type { Node } from '../../../shared/node.ts'
import { useAllNodes, useAllOperations } from '../../data/live.ts'
import { fresh } from '../../data/samples.ts'
import { hasEnded, number, percentWords, type Tone } from '../../data/words.ts'
import { meanUse } from '../../ui/cluster-use.ts'
import { LiveText } from '../../ui/live-text.tsx'
import { StateDot } from '../../ui/state-dot.tsx'
import css from './cluster-board.module.css'
import { type Filter, filterOf, type Group, matches } from './filter.ts'

const chips: { filter: Filter; word: string; tone: Tone | null }[] = [
  { filter: 'all', word: 'All', tone: null },
  { filter: 'ready', word: 'Ready', tone: 'ready' },
  { filter: 'needs', word: 'Needs you', tone: 'needs' },
  { filter: 'stopped', word: 'Stopped', tone: 'off' },
  { filter: 'ended', word: 'Ended', tone: 'off' },
]

type Props = { clusters: Cluster[]; filter: Filter; onFilter(filter: Filter): void }

/** How much there is, how busy it is, and which of it to show. */
export function BoardSummary({ clusters, filter, onFilter }: Props) {
  const operations = useAllOperations()
  const byCluster = useAllNodes()
  const groups: Group[] = clusters.map((cluster) => filterOf(cluster, operations[cluster.id]))
  const living = clusters.filter((cluster) => !hasEnded(cluster))
  const nodes = living.flatMap(({ id }) => byCluster[id] ?? [])
  const machines = new Map(nodes.map((node) => [node.machineId ?? node.id, node]))
  const gpus = sum([...machines.values()].map(({ facts }) => facts?.gpus.length ?? 0))
  const cores = sum([...machines.values()].map(({ facts }) => facts?.cores ?? 0))
  const running = living
    .filter(({ state }) => state.is === 'ready' || state.is === 'degraded')
    .flatMap(({ id }) => byCluster[id] ?? [])
  return (
    <div className={css.summary}>
      <dl className={css.numbers}>
        <Figure what={living.length === 1 ? 'cluster' : 'clusters'}>{number(living.length)}</Figure>
        <Figure what={nodes.length === 1 ? 'node' : 'nodes'}>{number(nodes.length)}</Figure>
        {gpus > 0 ? <Figure what="GPUs">{number(gpus)}</Figure> : <Figure what="cores">{number(cores)}</Figure>}
        {running.length > 0 && (
          <Figure what={<LiveText read={() => busyCaption(running)} />}>
            <LiveText read={() => busy(running)} />
          </Figure>
        )}
      </dl>
      <fieldset className={css.chips} aria-label="Show">
        {chips.map(({ filter: each, word, tone }) => {
          const n = groups.filter((group) => matches(each, group)).length
          if (each !== 'all' && n === 0 && each !== filter) return null
          return (
            <button key={each} type="button" className={css.chip} aria-pressed={each === filter} onClick={() => onFilter(each)}>
              {tone && <StateDot tone={tone} />}
              {word} <b>{n}</b>
            </button>
          )
        })}
      </fieldset>
    </div>
  )
}

function Figure({ what, children }: { what: React.ReactNode; children: React.ReactNode }) {
  return (
    <div>
      <dt>{what}</dt>
      <dd>{children}</dd>
    </div>
  )
}

const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0)

function busy(nodes: Node[]): string {
  const use = meanUse(nodes)
  return use === null ? 'unknown' : percentWords(use)
}

/** Only what is in sight is followed: where that is not all, the number says of how much it speaks. */
function busyCaption(nodes: Node[]): string {
  const seen = nodes.filter(({ machineId }) => machineId && fresh(machineId)).length
  return seen === nodes.length || seen === 0 ? 'busy now' : `busy, of ${seen} nodes seen`
}
