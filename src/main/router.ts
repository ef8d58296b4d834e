import { implement, ORPCError } from '@orpc/server'
import type { AppInfo } from '../shared/app-info.ts'
import { contract } from '../shared/contract.ts'
import { errorDataOf, StyxError } from '../shared/error.ts'
import type { Found } from '../shared/found.ts'
import type { Note } from '../shared/note.ts'
import type { Health } from '../shared/place.ts'
import type { Asks } from './asks.ts'
import { followChanges } from './changes.ts'
import type { Clusters } from './clusters/clusters.ts'
import { followDetails } from './clusters/details.ts'
import { requireCluster } from './clusters/lookup.ts'
import { savePool } from './clusters/places.ts'
import type { RayDashboards } from './clusters/ray-dashboards.ts'
import { followSamples, reachableMachines } from './clusters/samples.ts'
import type { NodeFiles } from './clusters/node-files.ts'
import { terminalTarget } from './clusters/terminal-target.ts'
import type { History } from './gpu/history.ts'
import type { Sampler } from './gpu/sampler.ts'
import type { Jobs } from './jobs/jobs.ts'
import type { Logs } from './logs/logs.ts'
import { listClusters } from './storage/cluster-records.ts'
import type { Database } from './storage/database.ts'
import { listEvents } from './storage/event-records.ts'
import { listOperations } from './storage/operation-records.ts'
import { writeSettings } from './storage/settings-records.ts'
import type { Terminals } from './terminals/terminals.ts'

/** What a call knows of the way it came. */
export type HostContext = { host: 'web' | 'electron' }

/** The parts of the engine that the contract speaks to. */
export type RouterParts = {
  info(): Promise<Omit<AppInfo, 'host'>>
  quit(): void
  db: Database
  clusters: Clusters
  rayDashboards: RayDashboards
  terminals: Terminals
  sampler: Sampler
  jobs: Jobs
  logs: Logs
  files: NodeFiles
  history: History
  notes: Map<string, Note>
  asks: Asks
  /** The last check of each place. */
  health: Map<string, Health>
  check(placeId: string, signal: AbortSignal): Promise<Health>
  findMachines(): Promise<Found>
}

/** The contract, each procedure one call into the engine. */
export function createRouter(parts: RouterParts) {
  const { db, clusters, terminals, jobs, logs } = parts
  const os = implement(contract)
    .$context<HostContext>()
    .use(async ({ next, path }) => {
      try {
        return await next()
      } catch (error) {
        throw contractError(error, path.join('.'))
      }
    })
  const always = (signal: AbortSignal | undefined) => signal ?? new AbortController().signal
  return os.router({
    app: {
      info: os.app.info.handler(async ({ context }) => ({ ...(await parts.info()), host: context.host })),
      quit: os.app.quit.handler(() => parts.quit()),
    },
    changes: os.changes.handler(({ signal }) =>
      stream(
        followChanges(
          db,
          { health: parts.health.values(), notes: parts.notes.values(), samples: parts.sampler.newest(), asks: parts.asks },
          always(signal),
        ),
      ),
    ),
    samples: os.samples.handler(({ input, signal }) =>
      stream(followSamples(parts.sampler, reachableMachines(db, parts.health.values()), input, always(signal))),
    ),
    asks: {
      answer: os.asks.answer.handler(({ input }) => parts.asks.answer(input)),
      dismiss: os.asks.dismiss.handler(({ input }) => parts.asks.dismiss(input.askId)),
    },
    settings: {
      write: os.settings.write.handler(({ input }) => writeSettings(db, input)),
    },
    places: {
      check: os.places.check.handler(({ input, signal }) => parts.check(input.placeId, always(signal))),
      offers: os.places.offers.handler(({ input, signal }) => clusters.offers(input.placeId, always(signal))),
      found: os.places.found.handler(() => parts.findMachines()),
      save: os.places.save.handler(({ input }) => savePool(db, input)),
      remove: os.places.remove.handler(({ input }) => {
        clusters.removePool(input.placeId)
        parts.health.delete(input.placeId)
      }),
    },
    clusters: {
      list: os.clusters.list.handler(() => listClusters(db)),
      read: os.clusters.read.handler(({ input }) => requireCluster(db, input.clusterId)),
      plan: os.clusters.plan.handler(({ input }) => clusters.plan(input.placeId, input.ray)),
      launch: os.clusters.launch.handler(({ input, signal }) => clusters.launch(input, always(signal))),
      stop: os.clusters.stop.handler(({ input }) => clusters.stop(input.clusterId)),
      start: os.clusters.start.handler(({ input }) => clusters.start(input.clusterId)),
      terminate: os.clusters.terminate.handler(({ input }) => clusters.terminate(input.clusterId)),
      addNodes: os.clusters.addNodes.handler(({ input, signal }) =>
        clusters.addNodes(input.clusterId, input.machines, always(signal)),
      ),
      removeNodes: os.clusters.removeNodes.handler(({ input }) => clusters.removeNodes(input.clusterId, input.nodeIds, input)),
      forget: os.clusters.forget.handler(({ input }) => clusters.forget(input.clusterId)),
      restartRay: os.clusters.restartRay.handler(({ input }) => clusters.restartRay(input.clusterId)),
      openRayDashboard: os.clusters.openRayDashboard.handler(({ input }) => parts.rayDashboards.open(input.clusterId)),
      upgradeRay: os.clusters.upgradeRay.handler(({ input }) => clusters.upgradeRay(input.clusterId, input.version)),
    },
    operations: {
      list: os.operations.list.handler(({ input }) => listOperations(db, input.clusterId)),
      retry: os.operations.retry.handler(({ input }) => clusters.retry(input.operationId)),
      cancel: os.operations.cancel.handler(({ input }) => clusters.cancel(input.operationId, input.keep)),
    },
    jobs: {
      submit: os.jobs.submit.handler(({ input }) => jobs.submit(input.clusterId, input.job)),
      cancel: os.jobs.cancel.handler(({ input }) => jobs.cancel(input.jobId)),
      read: os.jobs.read.handler(({ input }) => jobs.read(input.jobId)),
      task: os.jobs.task.handler(({ input }) => jobs.task(input.jobId)),
      list: os.jobs.list.handler(({ input }) => jobs.list(input)),
      remove: os.jobs.remove.handler(({ input }) => jobs.remove(input.jobId)),
    },
    logs: {
      info: os.logs.info.handler(({ input }) => logs.info(input)),
      lines: os.logs.lines.handler(({ input, signal }) => logs.lines(input, input.from, input.count, always(signal))),
      follow: os.logs.follow.handler(({ input, signal }) => stream(logs.follow(input, always(signal)))),
      lineAt: os.logs.lineAt.handler(async ({ input }) => ({ n: await logs.lineAt(input, input.at) })),
      lineIn: os.logs.lineIn.handler(async ({ input }) => ({ n: await logs.lineIn(input, input.n, input.to) })),
      strip: os.logs.strip.handler(({ input }) => logs.strip(input, input.rows)),
      search: os.logs.search.handler(({ input, signal }) => stream(logs.search(input, input.query, always(signal)))),
    },
    machines: {
      details: os.machines.details.handler(({ input, signal }) =>
        stream(followDetails(parts.sampler, reachableMachines(db, parts.health.values()), input.machineIds, always(signal))),
      ),
      history: os.machines.history.handler(({ input }) => parts.history.read(input)),
    },
    files: {
      list: os.files.list.handler(({ input, signal }) => parts.files.list(input.nodeId, input.path, always(signal))),
    },
    events: {
      list: os.events.list.handler(({ input }) => listEvents(db, input)),
    },
    terminals: {
      open: os.terminals.open.handler(({ input }) => terminals.open(terminalTarget(db, input.on), input.size)),
      resize: os.terminals.resize.handler(({ input }) => terminals.resize(input.terminalId, input.size)),
      type: os.terminals.type.handler(({ input }) => terminals.type(input.terminalIds, input.keys)),
      rename: os.terminals.rename.handler(({ input }) => terminals.rename(input.terminalId, input.title)),
      reopen: os.terminals.reopen.handler(({ input }) => {
        const { nodeId, placeId } = terminals.read(input.terminalId)
        return terminals.reopen(input.terminalId, terminalTarget(db, nodeId ? { is: 'node', nodeId } : { is: 'place', placeId }))
      }),
      close: os.terminals.close.handler(({ input }) => terminals.close(input.terminalId)),
    },
  })
}

/** Every error crosses as `STYX` with its fields; oRPC would send a thrown Error without its text. */
function contractError(error: unknown, where: string): ORPCError<string, unknown> {
  // Ours already, or the library's own (an input that is not in the schema, an unknown procedure).
  if (error instanceof ORPCError) return error
  const data = errorDataOf(error, error instanceof StyxError ? '' : where)
  return new ORPCError('STYX', { defined: true, status: 500, message: data.what, data })
}

/** A stream whose errors cross as the others do: middleware sees only the call that opened it. */
async function* stream<T>(from: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    yield* from
  } catch (error) {
    throw contractError(error, '')
  }
}
