import { Button } from '@mantine/core'
import { latest } from '../../data/samples.ts'
import { agoWords, elapsedWords, fullTime } from '../../data/time.ts'
import { hasEnded } from '../../data/words.ts'
import type { ClusterAction } from '../../ui/cluster-actions.tsx'
import { LiveText } from '../../ui/live-text.tsx'
import css from './cluster-card.module.css'
import type { BoardItem } from './items.ts'

/** What it costs, how long it lives, and when it was last seen; or what brings it back. */
export function CardFoot({ item, actions }: { item: BoardItem; actions: ClusterAction[] }) {
  const { cluster } = item
  const shown = actions.filter(
    ({ key }) =>
      (key === 'start' && cluster.state.is === 'stopped') ||
      (key === 'again' && hasEnded(cluster)) ||
      key === 'cancel' ||
      key === 'forget',
  )
  return (
    <footer className={css.foot}>
      <span>no cost</span>
      <span title={`launched ${fullTime(cluster.createdAt)}`}>
        <LiveText read={() => elapsedWords(Date.now() - cluster.createdAt)} />
      </span>
      {shown.length > 0 ? (
        <span className={`${css.buttons} ${css.above}`}>
          {shown.map(({ key, label, sentence, run }) => (
            <Button key={key} aria-label={sentence} onClick={run}>
              {label}
            </Button>
          ))}
        </span>
      ) : (
        <LiveText read={() => seenWords(item)} />
      )}
    </footer>
  )
}

/** When anything of it last answered: an observation of the cluster, of a node, or a sample of its machine. */
export function seenWords({ cluster, nodes }: BoardItem): string {
  const times = [cluster.observed.at, ...nodes.map(({ lastSeen }) => lastSeen)]
  for (const { machineId } of nodes) times.push((machineId && latest(machineId)?.at) || null)
  const at = Math.max(...times.map((time) => time ?? 0))
  return at === 0 ? 'not seen yet' : `seen ${agoWords(at, Date.now())}`
}
