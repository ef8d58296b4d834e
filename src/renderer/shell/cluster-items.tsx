import { Link } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import type { Cluster } from '../../shared/cluster.ts'
import { useNodes, useOperation } from '../data/live.ts'
import { useWatch } from '../data/samples.ts'
import { clusterTone, clusterWord } from '../data/words.ts'
import { clusterUseWords } from '../ui/cluster-use.ts'
import { LiveText } from '../ui/live-text.tsx'
import { StateDot } from '../ui/state-dot.tsx'
import css from './sidebar.module.css'

/** Every cluster, a line each. Only those in sight are followed. */
export function ClusterItems({ clusters }: { clusters: readonly Cluster[] }) {
  return (
    <ul>
      {clusters.map((cluster) => (
        <li key={cluster.id}>
          <ClusterItem cluster={cluster} />
        </li>
      ))}
    </ul>
  )
}

function ClusterItem({ cluster }: { cluster: Cluster }) {
  const link = useRef<HTMLAnchorElement>(null)
  const seen = useInSight(link)
  const nodes = useNodes(cluster.id)
  const operation = useOperation(cluster.id)
  const watched = seen && cluster.state.is !== 'stopped'
  useWatch(watched ? nodes.flatMap(({ machineId }) => machineId ?? []) : [], 0)
  return (
    <Link ref={link} to="/clusters/$clusterId" params={{ clusterId: cluster.id }} className={css.item}>
      <StateDot tone={clusterTone(cluster, operation)} word={clusterWord(cluster, operation)} />
      <span className={css.name}>{cluster.name}</span>
      <span className={css.end}>
        <LiveText read={() => clusterUseWords(cluster, nodes)} />
      </span>
    </Link>
  )
}

function useInSight(element: React.RefObject<HTMLElement | null>): boolean {
  const [seen, setSeen] = useState(false)
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => setSeen(entry!.isIntersecting))
    observer.observe(element.current!)
    return () => observer.disconnect()
  }, [element])
  return seen
}
