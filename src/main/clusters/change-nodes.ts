import type { Cluster } from '../../shared/cluster.ts'
import { StyxError } from '../../shared/error.ts'
import { nodeName } from '../../shared/node.ts'
import type { PlaceKind } from '../../shared/place.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Provider } from '../providers/provider.ts'
import type { Database } from '../storage/database.ts'
import { listNodes, saveNode } from '../storage/node-records.ts'
import { listOperations } from '../storage/operation-records.ts'
import { type Begin, endRunning, isRunning } from './begin.ts'
import { requireIdle, requireLeaving } from './leaving.ts'
import { requireCluster, requirePlace } from './lookup.ts'
import type { Offers } from './offers.ts'
import { reserveNodes } from './reserve.ts'

type ChangeNodesDeps = {
  db: Database
  providers: Record<PlaceKind, Provider>
  offers: Offers
  jobs: Pick<Jobs, 'liveOn'>
  act: Begin['act']
}

/** How machines come to a cluster that lives, and leave it. */
export function changeNodes({ db, providers, offers, jobs, act }: ChangeNodesDeps) {
  return {
    /**
     * Adds machines to a cluster that lives, each by its offer; the cluster stays usable. What fails is taken back, and it goes on as before.
     * @throws StyxError `cluster.no-scaling` | `cluster.not-now` | `offer.unknown` | `offer.unavailable` | `gpus.held` | `gpus.too-few`
     */
    addNodes: async (clusterId: string, machines: readonly { offerId: string; gpus: number | null }[], signal: AbortSignal) => {
      const cluster = requireCluster(db, clusterId)
      const place = requirePlace(db, cluster.placeId)
      if (!providers[place.kind].scales) throw noScaling(cluster)
      const wanted = machines.map((machine) => ({ ...machine, externalId: machine.offerId }))
      const { taken } = await offers.take(place, wanted, signal)
      const title = taken.map(({ offer }) => offer.title).join(', ')
      const nodes = () => {
        const next = Math.max(...listNodes(db, clusterId).map(({ rank }) => rank)) + 1
        return reserveNodes(db, clusterId, next, taken).map(({ node }) => node.id)
      }
      return act(clusterId, 'add-nodes', undefined, { nodes, title })
    },

    /**
     * Takes nodes out of a cluster that lives, and removes what Styx wrote there. `endJobs`: also those that are on them, else it is refused.
     * `giveUp`: without asking their machines, which are gone; what stays there is named. The others keep their ranks.
     * @throws StyxError `node.is-head` | `node.has-jobs` | `node.unknown` | `cluster.not-now`
     */
    removeNodes: (clusterId: string, nodeIds: readonly string[], { endJobs, giveUp }: { endJobs: boolean; giveUp: boolean }) => {
      const cluster = requireCluster(db, clusterId)
      const leaving = requireLeaving(cluster, listNodes(db, clusterId), nodeIds)
      if (!endJobs) requireIdle(leaving, jobs.liveOn(nodeIds))
      // A removal of the same that waits for machines that do not answer.
      const waits = listOperations(db, clusterId).find(isRunning)
      const preempts = giveUp && waits?.kind === 'remove-nodes' && nodeIds.every((id) => waits.nodeIds?.includes(id))
      const nodes = () => {
        if (preempts) endRunning(db, clusterId)
        for (const node of leaving) saveNode(db, { ...node, state: 'removing' })
        return leaving.map(({ id }) => id)
      }
      return act(clusterId, 'remove-nodes', undefined, { nodes, title: leaving.map(nodeName).join(', '), giveUp, preempts })
    },
  }
}

const noScaling = ({ name }: Cluster) =>
  new StyxError({
    code: 'cluster.no-scaling',
    what: 'No machine can be added to this cluster',
    where: name,
    why: 'Its place is one machine.',
    suggestion: 'Launch a cluster on a pool of SSH machines.',
  })
