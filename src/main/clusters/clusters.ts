import { randomUUID } from 'node:crypto'
import type { Cluster } from '../../shared/cluster.ts'
import { StyxError } from '../../shared/error.ts'
import { mayBeGivenUp } from '../../shared/give-up.ts'
import { nodeName } from '../../shared/node.ts'
import type { Offer } from '../../shared/offer.ts'
import type { Candidate, Operation, OperationKind, PlannedStep } from '../../shared/operation.ts'
import type { Health, Place, PlaceKind } from '../../shared/place.ts'
import { type Ray, type RayWish, rayAsked } from '../../shared/ray.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { OperationLogs } from '../operations/operation-log.ts'
import { createRunner } from '../operations/runner.ts'
import type { Outcome } from '../operations/running.ts'
import type { Provider, Wanted } from '../providers/provider.ts'
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
import { about, beginEvent, leftAt, leftEvent, outcomeEvent, resumeEvent } from './events.ts'
import { type LaunchRequest, nameTaken, requireName, requireOffer, specInvalid } from './launch-request.ts'
import { requireIdle, requireLeaving } from './leaving.ts'
import { requireCluster, requireOperation, requirePlace } from './lookup.ts'
import { removePool } from './places.ts'
import { giveUpStep, type PlanFor, type PlanParts, planFor } from './plan.ts'
import { gpuNamesOf, reserveNodes } from './reserve.ts'
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
    onOutcome: settled,
    atPoint: deps.atPoint,
  })

  function settled(operation: Operation, outcome: Outcome): void {
    const cluster = requireCluster(db, operation.clusterId)
    const { kind, nodeIds } = operation
    const isOver = outcome.is === 'done' ? kind === 'terminate' || kind === 'remove-nodes' : !outcome.holds
    const left = outcome.is === 'done' && isGivingUp(operation) ? targetsOf(operation) : []
    if (isOver) deleteNodes(db, cluster.id, nodeIds)
    upsertCluster(db, {
      ...cluster,
      state: transition(cluster.state, clusterEvent(mended(cluster, operation), outcome, Date.now())),
    })
    writeEvent(db, outcomeEvent(cluster, operation, outcome))
    if (left.length > 0) {
      saveOperation(db, { ...operation, leftovers: leftAt(cluster.id, left, deps.installationId) })
      writeEvent(db, leftEvent(cluster, left, deps.installationId))
    }
    deps.logs.end(operation.id)
  }

  const targetsOf = ({ clusterId, nodeIds }: Operation) => listNodes(db, clusterId).filter(({ id }) => nodeIds?.includes(id))

  /** What a cluster waits for the user with is over when none of the nodes that it is about are there any more. */
  function mended({ state }: Cluster, operation: Operation): Operation {
    if (operation.kind !== 'remove-nodes' || state.is !== 'degraded' || state.operationId === null) return operation
    const before = requireOperation(db, state.operationId)
    return before.nodeIds !== null && targetsOf(before).length === 0 ? { ...operation, id: before.id } : operation
  }

  const offersOf = async (place: Place, signal: AbortSignal): Promise<Offer[]> => {
    const offers: Offer[] = []
    for await (const offer of providers[place.kind].offers(place, signal)) offers.push(offer)
    return offers
  }

  /** What leaves a cluster its state does not show there. */
  function requireAtRest({ id, name }: Cluster, kind: OperationKind): void {
    const running = listOperations(db, id).find(isRunning)
    if (!running || kind === 'terminate') return
    throw new StyxError({
      code: 'cluster.not-now',
      what: 'Something else is being done with this cluster',
      where: name,
      why: running.plan.at(-1)?.title,
      suggestion: 'Wait until it is done, or terminate the cluster.',
    })
  }

  /** Whatever is being done with the cluster, another operation takes over. */
  function endRunning(clusterId: string): void {
    for (const operation of listOperations(db, clusterId))
      if (isRunning(operation))
        saveOperation(db, { ...operation, state: 'cancelled', cancel: { keep: 'everything' }, endedAt: Date.now() })
  }

  const shown = new Map<string, { at: number; offers: Offer[] }>()

  /** Those of the place as they are now, each for what is wanted of it. */
  const offersFor = async (place: Place, wanted: readonly Wanted[], signal: AbortSignal) => {
    const seen = shown.get(place.id)
    const offers =
      seen && Date.now() - seen.at < OFFERS_FRESH_MS
        ? seen.offers
        : await offersOf(place, AbortSignal.any([signal, AbortSignal.timeout(OFFERS_TIMEOUT_MS)]))
    return { offers, taken: wanted.map((one) => ({ ...one, offer: requireOffer(offers, one.offerId) })) }
  }

  /**
   * Writes the operation and lets it run. `before`: what else belongs into its transaction; it answers with the nodes that it is about, null:
   * all.
   */
  const begin = (
    cluster: Cluster,
    kind: OperationKind,
    candidates: Candidate[],
    before: (operationId: string) => string[] | null,
    { job = false, giveUp = false } = {},
  ): string => {
    const operationId = randomUUID()
    db.transaction(() => {
      const nodeIds = before(operationId)
      saveOperation(db, {
        id: operationId,
        clusterId: cluster.id,
        kind,
        nodeIds,
        state: 'running',
        plan: stepsOf(kind, requirePlace(db, cluster.placeId), { ray: cluster.ray !== null, job, giveUp }).map(planned),
        candidates,
        error: null,
        leftovers: [],
        cancel: null,
        createdAt: Date.now(),
        endedAt: null,
      })
      writeEvent(
        db,
        beginEvent(cluster, operationId, kind, kind === 'launch' || kind === 'add-nodes' ? candidates[0]?.title : ''),
      )
    })
    deps.atPoint?.(`${kind}/written`)
    return operationId
  }

  /** All but a launch: they go on with what the cluster already is. */
  const act = (
    clusterId: string,
    kind: Exclude<OperationKind, 'launch'>,
    before: (cluster: Cluster) => Cluster = (cluster) => cluster,
    about: { nodes?: () => string[]; title?: string; giveUp?: boolean; preempts?: boolean } = {},
  ): { operationId: string } => {
    const cluster = requireCluster(db, clusterId)
    if (!about.preempts) requireAtRest(cluster, kind)
    const candidates = [{ title: about.title ?? cluster.name, offerId: '' }]
    const written = (id: string) => {
      upsertCluster(db, { ...before(cluster), state: transition(cluster.state, { is: 'begin', kind, operationId: id }) })
      return about.nodes?.() ?? null
    }
    const operationId = begin(cluster, kind, candidates, written, about)
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
      const { offers, taken } = await offersFor(place, provider.wants(spec.data, request.offerId), signal)
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
      const candidates = provider.candidates(offers, request.offerId)
      const operationId = begin(cluster(''), 'launch', candidates, written, { job: checked !== null })
      runner.start(operationId)
      return { clusterId, operationId }
    },

    stop: (clusterId: string) => act(clusterId, 'stop'),
    start: (clusterId: string) => act(clusterId, 'start'),

    /** Pre-empts whatever else is being done with the cluster. */
    terminate: (clusterId: string) =>
      act(clusterId, 'terminate', (cluster) => {
        endRunning(clusterId)
        return cluster
      }),

    /**
     * Adds machines to a cluster that lives, each by its offer; the cluster stays usable. What fails is taken back, and it goes on as before.
     * @throws StyxError `cluster.no-scaling` | `cluster.not-now` | `offer.unknown` | `offer.unavailable` | `gpus.held` | `gpus.too-few`
     */
    addNodes: async (clusterId: string, machines: readonly { offerId: string; gpus: number | null }[], signal: AbortSignal) => {
      const cluster = requireCluster(db, clusterId)
      const place = requirePlace(db, cluster.placeId)
      if (!providers[place.kind].scales) throw noScaling(cluster)
      const wanted = machines.map((machine) => ({ ...machine, externalId: machine.offerId }))
      const { taken } = await offersFor(place, wanted, signal)
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
        if (preempts) endRunning(clusterId)
        for (const node of leaving) saveNode(db, { ...node, state: 'removing' })
        return leaving.map(({ id }) => id)
      }
      return act(clusterId, 'remove-nodes', undefined, { nodes, title: leaving.map(nodeName).join(', '), giveUp, preempts })
    },

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
      if (operation.kind === 'add-nodes' && targetsOf(operation).length === 0)
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
      const makesNodes = kind === 'launch' || kind === 'add-nodes'
      if (!makesNodes || operation.state !== 'running')
        throw new StyxError({
          code: 'operation.not-cancellable',
          what: 'This cannot be cancelled',
          why: makesNodes ? `It is ${operation.state}.` : `A ${kind} only goes forward.`,
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

const isRunning = ({ state }: Operation): boolean => state === 'running' || state === 'undoing'

const isGivingUp = ({ kind, plan }: Operation): boolean =>
  kind === 'remove-nodes' && plan.some(({ name }) => name === giveUpStep.name)

const noScaling = ({ name }: Cluster) =>
  new StyxError({
    code: 'cluster.no-scaling',
    what: 'No machine can be added to this cluster',
    where: name,
    why: 'Its place is one machine.',
    suggestion: 'Launch a cluster on a pool of SSH machines.',
  })

function clusterEvent({ id: operationId, kind }: Operation, outcome: Outcome, at: number): Parameters<typeof transition>[1] {
  if (outcome.is === 'done') return { is: 'done', kind, at, operationId }
  const { holds } = outcome
  if (outcome.is === 'failed') return { is: 'failed', kind, at, error: outcome.error, operationId, holds }
  const [leftover] = outcome.leftovers
  const error = new StyxError({
    code: 'operation.cancelled',
    what: kind === 'launch' ? 'The launch was cancelled' : 'The adding of machines was cancelled',
    where: leftover?.where,
    why: leftover
      ? `Not everything could be taken back: ${leftover.what}. ${leftover.why}`
      : holds
        ? 'What it had made was kept.'
        : '',
    suggestion: !holds
      ? ''
      : kind === 'launch'
        ? 'Retry to go on where it stopped, or terminate the cluster.'
        : 'Retry to go on where it stopped, or remove the nodes.',
  }).data
  return { is: 'failed', kind, at, error, operationId, holds }
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
