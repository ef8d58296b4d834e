import { StyxError } from '../../shared/error.ts'
import type { Endpoint } from '../../shared/node.ts'
import { type Dashboard, openDashboard } from '../ray/dashboard.ts'
import { readToken } from '../ray/start-stop.ts'
import type { Database } from '../storage/database.ts'
import { listNodes } from '../storage/node-records.ts'
import type { Transport } from '../transports/transport.ts'
import { requireCluster } from './lookup.ts'

export type RayDashboardsDeps = {
  db: Database
  /** The folder `resources` of this installation. */
  resources: string
  transport(endpoint: Endpoint): Transport
}

export type RayDashboards = {
  /** An address that opens the dashboard of a cluster's Ray, once. @throws StyxError `ray.not-running`, and of what the way there refuses */
  open(clusterId: string): Promise<{ url: string }>
}

/** The dashboards that somebody opened: each stays until its Ray is another one, or the signal aborts. */
export function createRayDashboards({ db, resources, transport }: RayDashboardsDeps, signal: AbortSignal): RayDashboards {
  type Open = { of: string; dashboard: Promise<Dashboard>; stop: AbortController }
  const all = new Map<string, Open>()
  const closeAll = () => {
    for (const { stop } of all.values()) stop.abort()
  }
  signal.addEventListener('abort', closeAll, { once: true })

  async function make(to: Transport, port: number, token: string, stop: AbortSignal): Promise<Dashboard> {
    const forward = await to.forward(port, stop)
    const dashboard = await openDashboard(forward.localPort, token)
    stop.addEventListener('abort', () => {
      dashboard.close()
      forward.close()
    })
    return dashboard
  }

  return {
    open: async (clusterId) => {
      const cluster = requireCluster(db, clusterId)
      const on = cluster.ray?.nodes[0]
      const head = listNodes(db, clusterId).find(({ rank }) => rank === 0)
      if (!on?.port || !head?.endpoint)
        throw new StyxError({
          code: 'ray.not-running',
          what: 'Ray has no dashboard now',
          where: cluster.name,
          why: cluster.ray ? `It is ${cluster.ray.is}.` : 'The cluster was launched without Ray.',
          suggestion: cluster.ray ? 'Wait until it runs, or restart it.' : 'Launch a cluster with Ray.',
        })
      const to = transport(head.endpoint)
      const token = await readToken(on.folder, { transport: to, resources, signal, where: cluster.name })
      const of = `${on.port} ${token}`
      const known = all.get(clusterId)
      if (known?.of === of) return { url: (await known.dashboard).link() }
      known?.stop.abort()
      const stop = new AbortController()
      const dashboard = make(to, on.port + 1, token, stop.signal)
      all.set(clusterId, { of, dashboard, stop })
      try {
        return { url: (await dashboard).link() }
      } catch (error) {
        all.delete(clusterId)
        stop.abort()
        throw error
      }
    },
  }
}
