import { randomUUID } from 'node:crypto'
import type { Cluster } from '../../shared/cluster.ts'
import { StyxError } from '../../shared/error.ts'
import { mayBeGivenUp } from '../../shared/give-up.ts'
import type { Offer } from '../../shared/offer.ts'
import { makesNodes, type OperationKind, type PlannedStep } from '../../shared/operation.ts'
import type { Health, Place, PlaceKind } from '../../shared/place.ts'
import { type RayWish, rayAsked } from '../../shared/ray.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { OperationLogs } from '../operations/operation-log.ts'
import { createRunner } from '../operations/runner.ts'
import type { Provider } from '../providers/provider.ts'
import { raySteps } from '../ray/steps.ts'
import {
  changeRay,
  createCluster,
  deleteCluster,
  listClusters,
  readClusterByName,
  upsertCluster,
} from '../storage/cluster-records.ts'
import type { Database } from '../storage/database.ts'
import { writeEvent } from '../storage/event-records.ts'
import { listNodes, saveNode } from '../storage/node-records.ts'
import { listOperations, listUnfinishedOperations, saveOperation } from '../storage/operation-records.ts'
import type { Connections } from '../transports/connections.ts'
import { createBegin, endRunning } from './begin.ts'
import { changeNodes } from './change-nodes.ts'
import { about, beginEvent, leftEvent, resumeEvent } from './events.ts'
import { type LaunchRequest, nameTaken, requireName, specInvalid } from './launch-request.ts'
import { requireCluster, requireOperation, requirePlace, requireRay } from './lookup.ts'
import { createOffers } from './offers.ts'
import { removePool } from './places.ts'
import { type PlanFor, type PlanParts, planFor, planned } from './plan.ts'
import { gpuNamesOf, reserveNodes } from './reserve.ts'
import { settleCluster, targetsOf } from './settled.ts'
import { transition } from './state.ts'

export type ClustersDeps = {
  db: Database
  installationId: string
  providers: Record<PlaceKind, Provider>
  connections: Connections
  endTerminals: PlanParts['endTerminals']
  /** The folder `resources` of this installation. */
  resources: string
  jobs: Jobs
  logs: OperationLogs
  atPoint?: (point: string) => void
}

export type Clusters = ReturnType<typeof createClusters>

/** The clusters of this installation: every change of one begins here. */
export function createClusters(deps: ClustersDeps) {
  const { db, providers, jobs } = deps
  const parts: PlanParts = {
    endTerminals: deps.endTerminals,
    endJobs: jobs.endAll,
    sendJob: jobs.sendWithLaunch,
    ray: raySteps(deps.resources),
  }
  const stepsOf = (kind: OperationKind, place: Place, what: PlanFor) => planFor(kind, providers[place.kind], parts, what)

  const runner = createRunner({
    db,
    installationId: deps.installationId,
    steps: (kind, place) => [false, true].flatMap((giveUp) => stepsOf(kind, place, { ray: true, job: true, giveUp })),
    afterFailure: (place, error) => providers[place.kind].afterFailure(error),
    subject: (clusterId) => {
      const cluster = requireCluster(db, clusterId)
      return { cluster, place: requirePlace(db, cluster.placeId), nodes: listNodes(db, clusterId) }
    },
    saveNode: (node) => saveNode(db, node),
    changeRay: (clusterId, change) => changeRay(db, clusterId, change),
    transport: (node) => deps.connections.transport(node.endpoint ?? neverReached()),
    log: deps.logs.append,
    onOutcome: (operation, outcome) => {
      settleCluster(db, deps.installationId, operation, outcome)
      deps.logs.end(operation.id)
    },
    atPoint: deps.atPoint,
  })

  const offers = createOffers(providers)
  const { begin, act } = createBegin({ db, stepsOf, start: runner.start, atPoint: deps.atPoint })

  return {
    /** What the place looks like, observed now. */
    check: (placeId: string, tell: (health: Health) => void, signal: AbortSignal): Promise<Health> => {
      const place = requirePlace(db, placeId)
      return providers[place.kind].check(place, tell, signal)
    },

    offers: async (placeId: string, signal: AbortSignal): Promise<Offer[]> => offers.show(requirePlace(db, placeId), signal),

    /** What a launch would do. */
    plan: (placeId: string, ray: boolean): PlannedStep[] =>
      stepsOf('launch', requirePlace(db, placeId), { ray, job: false, giveUp: false }).map(planned),

    /**
     * Writes the cluster and its operation in one transaction and answers; the steps run on.
     * @throws StyxError `cluster.name-invalid` | `cluster.name-taken` | `offer.unknown` | `offer.unavailable` | `cluster.spec-invalid` |
     * `gpus.held` | `gpus.too-few`
     */
    launch: async (request: LaunchRequest, signal: AbortSignal): Promise<{ clusterId: string; operationId: string }> => {
      const place = requirePlace(db, request.placeId)
      const provider = providers[place.kind]
      requireName(request.name)
      const spec = provider.spec.safeParse(request.spec)
      if (!spec.success)
        throw specInvalid(spec.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'))
      const { offers: all, taken } = await offers.take(place, provider.wants(spec.data, request.offerId), signal)
      const checked = request.job ? await jobs.check(request.job) : null
      const clusterId = randomUUID()
      const cluster = (operationId: string): Cluster => ({
        id: clusterId,
        placeId: place.id,
        name: request.name,
        spec: spec.data,
        state: { is: 'launching', operationId },
        observed: { at: null, problem: null },
        ray: request.ray && rayAsked(request.ray, Date.now()),
        createdAt: Date.now(),
      })
      const written = (id: string) => {
        if (readClusterByName(db, request.name)) throw nameTaken(request.name)
        createCluster(db, cluster(id))
        const reserved = reserveNodes(db, clusterId, 0, taken)
        if (checked) jobs.requireRoom(checked, reserved.map(gpuNamesOf))
        if (checked) jobs.create(cluster(id), null, checked)
        return null
      }
      const candidates = provider.candidates(all, request.offerId)
      const operationId = begin(cluster(''), 'launch', candidates, written, { job: checked !== null })
      return { clusterId, operationId }
    },

    stop: (clusterId: string) => act(clusterId, 'stop'),
    start: (clusterId: string) => act(clusterId, 'start'),

    /** Pre-empts whatever else is being done with the cluster. */
    terminate: (clusterId: string) =>
      act(clusterId, 'terminate', (cluster) => {
        endRunning(db, clusterId)
        return cluster
      }),

    ...changeNodes({ db, providers, offers, jobs, act }),

    /** Ends Ray on all nodes, and what runs by it, and starts it again. @throws StyxError `ray.none` | `cluster.not-now` */
    restartRay: (clusterId: string) => act(clusterId, 'restart-ray', requireRay),

    /** The same with another version, null: the newest that all nodes run. */
    upgradeRay: (clusterId: string, version: RayWish['version']) =>
      act(clusterId, 'upgrade-ray', (cluster) => {
        const { ray } = requireRay(cluster)
        return { ...cluster, ray: { ...ray, wish: { ...ray.wish, version } } }
      }),

    /** Takes a pool out of Styx, and forgets the clusters there that hold nothing any more. */
    removePool: (placeId: string): void => {
      const operations = removePool(db, placeId)
      offers.forget(placeId)
      deps.logs.remove(operations)
    },

    /**
     * Deletes the record of a cluster that holds nothing any more (terminated, failed), and the logs of its operations. Its events stay. One
     * whose termination failed, or waits for machines that do not answer, may be given up too: what is left of it is then named in an event.
     */
    forget: async (clusterId: string): Promise<void> => {
      const cluster = requireCluster(db, clusterId)
      const operations = listOperations(db, clusterId)
      const isEmpty = cluster.state.is === 'terminated' || cluster.state.is === 'failed'
      if (!isEmpty && !mayBeGivenUp(cluster, operations[0], listNodes(db, clusterId)))
        throw new StyxError({
          code: 'cluster.not-empty',
          what: 'This cluster may still hold something',
          why: `It is ${cluster.state.is}.`,
          suggestion: 'Terminate it first.',
        })
      await runner.halt(clusterId)
      db.transaction(() => {
        if (!isEmpty) writeEvent(db, leftEvent(cluster, listNodes(db, clusterId), deps.installationId))
        deleteCluster(db, clusterId)
      })
      deps.logs.remove(operations.map(({ id }) => id))
    },

    /** Goes on with an operation that failed or was cancelled: done steps stay done, what was taken back is made again. */
    retry: (operationId: string): void => {
      const operation = requireOperation(db, operationId)
      const cluster = requireCluster(db, operation.clusterId)
      const newest = listOperations(db, cluster.id)[0]
      if (newest?.id !== operationId || !['failed', 'cancelled', 'needs-you'].includes(operation.state))
        throw new StyxError({
          code: 'operation.not-retryable',
          what: 'There is nothing to retry',
          why: newest?.id === operationId ? `It is ${operation.state}.` : 'Something else was done with this cluster since.',
          suggestion: 'Look at the newest operation of the cluster.',
        })
      if (operation.kind === 'add-nodes' && targetsOf(db, operation).length === 0)
        throw new StyxError({
          code: 'operation.not-retryable',
          what: 'There is nothing to retry',
          why: 'What was added was taken back.',
          suggestion: 'Add the machines again.',
        })
      db.transaction(() => {
        if (cluster.state.is === 'failed' && readClusterByName(db, cluster.name)) throw nameTaken(cluster.name)
        upsertCluster(db, { ...cluster, state: transition(cluster.state, { is: 'begin', kind: operation.kind, operationId }) })
        saveOperation(db, { ...operation, state: 'running', error: null, leftovers: [], cancel: null, endedAt: null })
        writeEvent(db, { ...beginEvent(cluster, operationId, operation.kind), text: 'Retry' })
      })
      runner.start(operationId)
    },

    /** Cancels what makes nodes; `keep` says what becomes of what was made so far. */
    cancel: (operationId: string, keep: 'nothing' | 'everything'): void => {
      const operation = requireOperation(db, operationId)
      const { kind } = operation
      if (!makesNodes(kind) || operation.state !== 'running')
        throw new StyxError({
          code: 'operation.not-cancellable',
          what: 'This cannot be cancelled',
          why: makesNodes(kind) ? `It is ${operation.state}.` : `A ${kind} only goes forward.`,
          suggestion: 'Wait until it is done, or terminate the cluster.',
        })
      const cluster = requireCluster(db, operation.clusterId)
      db.transaction(() => {
        saveOperation(db, { ...operation, cancel: { keep } })
        const text = keep === 'nothing' ? 'Cancelling, and taking back what was made' : 'Cancelling, and keeping what was made'
        writeEvent(db, { ...about(cluster, operationId), level: 'info', text, detail: '' })
      })
      deps.atPoint?.(`${kind}/cancel-written`)
      runner.cancel(operationId)
    },

    /** Goes on with what an earlier engine left unfinished. */
    resumeAll: (): void => {
      const readable = new Map(listClusters(db).map((cluster) => [cluster.id, cluster]))
      for (const { id, clusterId, kind } of listUnfinishedOperations(db)) {
        const cluster = readable.get(clusterId)
        if (!cluster) continue // its record is damaged: said at the start, and nothing is done with what is not understood
        db.transaction(() => writeEvent(db, resumeEvent(cluster, id, kind)))
        runner.start(id)
      }
    },
    close: runner.close,
  }
}

function neverReached(): never {
  throw new StyxError({
    code: 'node.no-endpoint',
    what: 'The node cannot be reached',
    why: 'It is not known how: it was never up.',
    suggestion: 'Retry the launch, or terminate the cluster.',
  })
}
