import { randomUUID } from 'node:crypto'
import type { Cluster } from '../../shared/cluster.ts'
import { StyxError } from '../../shared/error.ts'
import type { Offer } from '../../shared/offer.ts'
import type { Candidate, Operation, OperationKind, PlannedStep } from '../../shared/operation.ts'
import type { Health, Place, PlaceKind } from '../../shared/place.ts'
import { type Ray, type RayWish, rayAsked } from '../../shared/ray.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { OperationLogs } from '../operations/operation-log.ts'
import { createRunner } from '../operations/runner.ts'
import type { Outcome } from '../operations/running.ts'
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
import { deleteNodes, listNodes, saveNode } from '../storage/node-records.ts'
import { listOperations, listUnfinishedOperations, saveOperation } from '../storage/operation-records.ts'
import type { Connections } from '../transports/connections.ts'
import { about, beginEvent, leftEvent, outcomeEvent, resumeEvent } from './events.ts'
import { type LaunchRequest, nameTaken, requireName, requireOffer, specInvalid } from './launch-request.ts'
import { requireCluster, requireOperation, requirePlace } from './lookup.ts'
import { removePool } from './places.ts'
import { type PlanFor, type PlanParts, planFor } from './plan.ts'
import { transition } from './state.ts'

/** Answers of providers must not keep a form waiting for ever. */
const OFFERS_TIMEOUT_MS = 30_000
/** What the user has just been shown is what is launched, without asking again: a launch answers at once. */
const OFFERS_FRESH_MS = 60_000

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
  const { db, providers } = deps
  const { jobs } = deps
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
    steps: (kind, place) => stepsOf(kind, place, { ray: true, job: true }),
    afterFailure: (place, error) => providers[place.kind].afterFailure(error),
    subject: (clusterId) => {
      const cluster = requireCluster(db, clusterId)
      return { cluster, place: requirePlace(db, cluster.placeId), nodes: listNodes(db, clusterId) }
    },
    saveNode: (node) => saveNode(db, node),
    changeRay: (clusterId, change) => changeRay(db, clusterId, change),
    transport: (node) => deps.connections.transport(node.endpoint ?? neverReached()),
    log: deps.logs.append,
    onOutcome: settled,
    atPoint: deps.atPoint,
  })

  function settled(operation: Operation, outcome: Outcome): void {
    const cluster = requireCluster(db, operation.clusterId)
    const at = Date.now()
    upsertCluster(db, { ...cluster, state: transition(cluster.state, clusterEvent(operation, outcome, at)) })
    if (outcome.is === 'done' ? operation.kind === 'terminate' : !outcome.holds) deleteNodes(db, cluster.id)
    writeEvent(db, outcomeEvent(cluster, operation, outcome))
    deps.logs.end(operation.id)
  }

  const offersOf = async (place: Place, signal: AbortSignal): Promise<Offer[]> => {
    const offers: Offer[] = []
    for await (const offer of providers[place.kind].offers(place, signal)) offers.push(offer)
    return offers
  }

  /** What leaves a cluster its state does not show there. */
  function requireAtRest({ id, name }: Cluster, kind: OperationKind): void {
    const running = listOperations(db, id).find(({ state }) => state === 'running' || state === 'undoing')
    if (!running || kind === 'terminate') return
    throw new StyxError({
      code: 'cluster.not-now',
      what: 'Something else is being done with this cluster',
      where: name,
      why: running.plan.at(-1)?.title,
      suggestion: 'Wait until it is done, or terminate the cluster.',
    })
  }

  const shown = new Map<string, { at: number; offers: Offer[] }>()

  /** Writes the operation and lets it run. `before`: what else belongs into its transaction. */
  const begin = (
    cluster: Cluster,
    kind: OperationKind,
    candidates: Candidate[],
    before: (operationId: string) => void,
    job = false,
  ): string => {
    const operationId = randomUUID()
    db.transaction(() => {
      before(operationId)
      saveOperation(db, {
        id: operationId,
        clusterId: cluster.id,
        kind,
        state: 'running',
        plan: stepsOf(kind, requirePlace(db, cluster.placeId), { ray: cluster.ray !== null, job }).map(planned),
        candidates,
        error: null,
        leftovers: [],
        cancel: null,
        createdAt: Date.now(),
        endedAt: null,
      })
      writeEvent(db, beginEvent(cluster, operationId, kind, kind === 'launch' ? candidates[0]?.title : undefined))
    })
    deps.atPoint?.(`${kind}/written`)
    return operationId
  }

  /** Stop, start and terminate: they go on with what the cluster already is. */
  const act = (
    clusterId: string,
    kind: Exclude<OperationKind, 'launch'>,
    before: (cluster: Cluster) => Cluster = (cluster) => cluster,
  ): { operationId: string } => {
    const cluster = requireCluster(db, clusterId)
    requireAtRest(cluster, kind)
    const candidates = [{ title: cluster.name, offerId: '' }]
    const operationId = begin(cluster, kind, candidates, (id) => {
      upsertCluster(db, { ...before(cluster), state: transition(cluster.state, { is: 'begin', kind, operationId: id }) })
    })
    runner.start(operationId)
    return { operationId }
  }

  return {
    /** What the place looks like, observed now. */
    check: (placeId: string, tell: (health: Health) => void, signal: AbortSignal): Promise<Health> => {
      const place = requirePlace(db, placeId)
      return providers[place.kind].check(place, tell, signal)
    },

    offers: async (placeId: string, signal: AbortSignal): Promise<Offer[]> => {
      const offers = await offersOf(requirePlace(db, placeId), signal)
      shown.set(placeId, { at: Date.now(), offers })
      return offers
    },

    /** What a launch would do. */
    plan: (placeId: string, ray: boolean): PlannedStep[] =>
      stepsOf('launch', requirePlace(db, placeId), { ray, job: false }).map(planned),

    /**
     * Writes the cluster and its operation in one transaction and answers; the steps run on.
     * @throws StyxError `cluster.name-invalid` | `cluster.name-taken` | `offer.unknown` | `offer.unavailable` | `cluster.spec-invalid`
     */
    launch: async (request: LaunchRequest, signal: AbortSignal): Promise<{ clusterId: string; operationId: string }> => {
      const place = requirePlace(db, request.placeId)
      const provider = providers[place.kind]
      requireName(request.name)
      const spec = provider.spec.safeParse(request.spec)
      if (!spec.success)
        throw specInvalid(spec.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'))
      const seen = shown.get(place.id)
      const offers =
        seen && Date.now() - seen.at < OFFERS_FRESH_MS
          ? seen.offers
          : await offersOf(place, AbortSignal.any([signal, AbortSignal.timeout(OFFERS_TIMEOUT_MS)]))
      const taken = provider.offerIds(spec.data, request.offerId).map((id) => requireOffer(offers, id))
      const checked = request.job ? await jobs.check(request.job) : null
      if (checked) jobs.requireRoom(checked, taken.map(gpuNames))
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
        if (checked) jobs.create(cluster(id), null, checked)
      }
      const operationId = begin(cluster(''), 'launch', provider.candidates(offers, request.offerId), written, checked !== null)
      runner.start(operationId)
      return { clusterId, operationId }
    },

    stop: (clusterId: string) => act(clusterId, 'stop'),
    start: (clusterId: string) => act(clusterId, 'start'),

    /** Pre-empts whatever else is being done with the cluster. */
    terminate: (clusterId: string) =>
      act(clusterId, 'terminate', (cluster) => {
        for (const operation of listOperations(db, clusterId))
          if (operation.state === 'running' || operation.state === 'undoing')
            saveOperation(db, { ...operation, state: 'cancelled', cancel: { keep: 'everything' }, endedAt: Date.now() })
        return cluster
      }),

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
      shown.delete(placeId)
      deps.logs.remove(operations)
    },

    /**
     * Deletes the record of a cluster that holds nothing any more (terminated, failed), and the logs of its operations. Its events stay. One
     * whose termination failed may be given up too: what is left of it is then named in an event.
     */
    forget: (clusterId: string): void => {
      const cluster = requireCluster(db, clusterId)
      const operations = listOperations(db, clusterId)
      const isEmpty = cluster.state.is === 'terminated' || cluster.state.is === 'failed'
      if (!isEmpty && !isGivenUp(cluster, operations[0]))
        throw new StyxError({
          code: 'cluster.not-empty',
          what: 'This cluster may still hold something',
          why: `It is ${cluster.state.is}.`,
          suggestion: 'Terminate it first.',
        })
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
      db.transaction(() => {
        if (cluster.state.is === 'failed' && readClusterByName(db, cluster.name)) throw nameTaken(cluster.name)
        upsertCluster(db, { ...cluster, state: transition(cluster.state, { is: 'begin', kind: operation.kind, operationId }) })
        saveOperation(db, { ...operation, state: 'running', error: null, leftovers: [], cancel: null, endedAt: null })
        writeEvent(db, { ...beginEvent(cluster, operationId, operation.kind), text: 'Retry' })
      })
      runner.start(operationId)
    },

    /** Cancels a launch; `keep` says what becomes of what was made so far. */
    cancel: (operationId: string, keep: 'nothing' | 'everything'): void => {
      const operation = requireOperation(db, operationId)
      if (operation.kind !== 'launch' || operation.state !== 'running')
        throw new StyxError({
          code: 'operation.not-cancellable',
          what: 'This cannot be cancelled',
          why: operation.kind === 'launch' ? `It is ${operation.state}.` : `A ${operation.kind} only goes forward.`,
          suggestion: 'Wait until it is done, or terminate the cluster.',
        })
      const cluster = requireCluster(db, operation.clusterId)
      db.transaction(() => {
        saveOperation(db, { ...operation, cancel: { keep } })
        const text = keep === 'nothing' ? 'Cancelling, and taking back what was made' : 'Cancelling, and keeping what was made'
        writeEvent(db, { ...about(cluster, operationId), level: 'info', text, detail: '' })
      })
      deps.atPoint?.('launch/cancel-written')
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

function requireRay(cluster: Cluster): Cluster & { ray: Ray } {
  if (cluster.ray) return { ...cluster, ray: cluster.ray }
  throw new StyxError({
    code: 'ray.none',
    what: 'This cluster has no Ray',
    where: cluster.name,
    why: 'It was launched without.',
    suggestion: 'Launch another cluster with Ray.',
  })
}

/** It was to be terminated, and that could not be done. */
const isGivenUp = ({ state }: Cluster, newest: Operation | undefined): boolean =>
  state.is === 'degraded' && newest?.kind === 'terminate' && newest.state === 'failed'

function clusterEvent(operation: Operation, outcome: Outcome, at: number): Parameters<typeof transition>[1] {
  if (outcome.is === 'done') return { is: 'done', kind: operation.kind, at, operationId: operation.id }
  if (outcome.is === 'failed') return { is: 'failed', at, error: outcome.error, operationId: operation.id, holds: outcome.holds }
  const [leftover] = outcome.leftovers
  const error = new StyxError({
    code: 'operation.cancelled',
    what: 'The launch was cancelled',
    where: leftover?.where,
    why: leftover
      ? `Not everything could be taken back: ${leftover.what}. ${leftover.why}`
      : outcome.holds
        ? 'What it had made was kept.'
        : '',
    suggestion: outcome.holds ? 'Retry to go on where it stopped, or terminate the cluster.' : '',
  }).data
  return { is: 'failed', at, error, operationId: operation.id, holds: outcome.holds }
}

const planned = ({ name, title, scope, expected_s }: PlannedStep): PlannedStep => ({ name, title, scope, expected_s })

function neverReached(): never {
  throw new StyxError({
    code: 'node.no-endpoint',
    what: 'The node cannot be reached',
    why: 'It is not known how: it was never up.',
    suggestion: 'Retry the launch, or terminate the cluster.',
  })
}

const gpuNames = ({ gpuCount, gpuName }: Offer): string[] => Array<string>(gpuCount).fill(gpuName ?? '')
