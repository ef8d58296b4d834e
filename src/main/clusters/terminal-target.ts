import { StyxError } from '../../shared/error.ts'
import { visibleGpus } from '../../shared/holders.ts'
import type { Database } from '../storage/database.ts'
import type { OpenOn } from '../terminals/terminals.ts'
import { requirePlace, requireUp } from './lookup.ts'

/**
 * Where a terminal is opened, from what the records say: nobody is asked.
 * @throws StyxError `node.not-up`, or that what is named is not there
 */
export function terminalTarget(db: Database, on: { is: 'node'; nodeId: string } | { is: 'place'; placeId: string }): OpenOn {
  if (on.is === 'place') {
    const place = requirePlace(db, on.placeId)
    if (place.kind !== 'local')
      throw new StyxError({
        code: 'place.no-machine',
        what: 'This place is several machines',
        where: place.name,
        suggestion: 'Launch a cluster on them, and open a terminal on one of its nodes.',
      })
    return { placeId: place.id, clusterId: null, nodeId: null, title: place.name, endpoint: { via: 'local' } }
  }
  const { node, endpoint, cluster } = requireUp(db, on.nodeId, 'No terminal can be opened on this node now')
  const title = node.rank === 0 ? cluster.name : `${cluster.name} · worker ${node.rank}`
  const only = visibleGpus(node)
  return {
    ...{ placeId: cluster.placeId, clusterId: cluster.id, nodeId: node.id, title, endpoint },
    ...(only && onlyGpus(cluster.name, only, node.facts?.gpus.length ?? 0)),
  }
}

/** Programs in the shell see what the cluster holds of the machine, and the shell says so. */
function onlyGpus(cluster: string, only: readonly number[], all: number): Pick<OpenOn, 'env' | 'note'> {
  const devices = only.join(',')
  const held = only.length === 0 ? `none of the ${all} GPUs here` : `GPU ${only.join(', ')} of ${all} here`
  return {
    env: { CUDA_DEVICE_ORDER: 'PCI_BUS_ID', CUDA_VISIBLE_DEVICES: devices },
    note: `${cluster} holds ${held}: CUDA_VISIBLE_DEVICES=${devices || '""'}`,
  }
}
