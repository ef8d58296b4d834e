import { number, percentWords } from '../../data/words.ts'
import { meanUse } from '../../ui/cluster-use.ts'
import { LiveText } from '../../ui/live-text.tsx'
import { fresh } from '../../data/samples.ts'
import { hasEnded } from '../../data/words.ts'
import type { Node } from '../../../shared/node.ts'
import css from './board-summary.module.css'
import { type BoardItem, jobsOf, machinesOf } from './items.ts'

/** How much there is, and how busy it is. */
export function BoardSummary({ items }: { items: readonly BoardItem[] }) {
  const living = items.filter(({ cluster }) => !hasEnded(cluster))
  const nodes = living.flatMap((item) => item.nodes)
  const machines = new Map(nodes.map((node) => [node.machineId ?? node.id, node]))
  const gpus = sum([...machines.values()].map(({ facts }) => facts?.gpus.length ?? 0))
  const cores = sum([...machines.values()].map(({ facts }) => facts?.cores ?? 0))
  const running = living.filter((item) => machinesOf(item).length > 0).flatMap((item) => item.nodes)
  const jobs = sum(living.map((item) => jobsOf(item).running.length))
  const waiting = sum(living.map((item) => jobsOf(item).waiting))
  return (
    <dl className={css.numbers}>
      <Figure what={living.length === 1 ? 'cluster' : 'clusters'}>{number(living.length)}</Figure>
      <Figure what={nodes.length === 1 ? 'node' : 'nodes'}>{number(nodes.length)}</Figure>
      {gpus > 0 ? <Figure what="GPUs">{number(gpus)}</Figure> : <Figure what="cores">{number(cores)}</Figure>}
      {jobs + waiting > 0 && (
        <Figure what={waiting > 0 ? `jobs run, ${number(waiting)} wait` : jobs === 1 ? 'job runs' : 'jobs run'}>
          {number(jobs)}
        </Figure>
      )}
      {running.length > 0 && (
        <Figure what={<LiveText read={() => busyCaption(running)} />}>
          <LiveText read={() => busy(running)} />
        </Figure>
      )}
    </dl>
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
