import { clusterNameProblem } from '../../../shared/cluster.ts'
import { liveNow } from '../../data/live.ts'
import { hasEnded } from '../../data/words.ts'

/** Why a cluster cannot have this name. Read anew each time: another window may take the name while this one is open. */
export function nameProblem(name: string): string | null {
  const taken = liveNow()?.clusters.some((cluster) => cluster.name === name && !hasEnded(cluster))
  return clusterNameProblem(name) ?? (taken ? `A cluster is called ${name} already.` : null)
}
