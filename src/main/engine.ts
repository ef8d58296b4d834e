import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { homedir, hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import type { Router as ContractRouter } from '@orpc/server'
import type { Contract } from '../shared/contract.ts'
import { StyxError } from '../shared/error.ts'
import type { Event } from '../shared/event.ts'
import type { Note } from '../shared/note.ts'
import type { Health } from '../shared/place.ts'
import type { Settings } from '../shared/settings.ts'
import { createAsks } from './asks.ts'
import type { OpenBytes, OpenDownload } from './byte-stream.ts'
import { createClusters } from './clusters/clusters.ts'
import { keepNotes } from './clusters/notes.ts'
import { createNodeFiles } from './clusters/node-files.ts'
import { createRayDashboards } from './clusters/ray-dashboards.ts'
import { clusterName } from './clusters/reserve.ts'
import { reachableMachines, sampleInBackground } from './clusters/samples.ts'
import { terminalTarget } from './clusters/terminal-target.ts'
import { watchClusters } from './clusters/watch.ts'
import { watchRay } from './clusters/watch-ray.ts'
import { createHistory } from './gpu/history.ts'
import { ownMachineId } from './gpu/own-machine-id.ts'
import { createSampler } from './gpu/sampler.ts'
import { createJobs } from './jobs/jobs.ts'
import { createRayStarter } from './jobs/ray-starter.ts'
import { createShellRunner } from './jobs/shell-runner.ts'
import { createShellStarter } from './jobs/shell-starter.ts'
import { tellLogProblem } from './logs/disk-problem.ts'
import { lastLines } from './logs/last-lines.ts'
import { createLogs } from './logs/logs.ts'
import { openLogDownload } from './logs/open-download.ts'
import { createLogStore } from './logs/store.ts'
import { createOperationLogs } from './operations/operation-log.ts'
import { createLocalProvider } from './providers/local/index.ts'
import { findMachines } from './providers/ssh/find.ts'
import { createSshProvider } from './providers/ssh/index.ts'
import { createRouter, type HostContext } from './router.ts'
import { readCluster } from './storage/cluster-records.ts'
import { openDatabase } from './storage/database.ts'
import { openHistory } from './storage/history-records.ts'
import { installationId } from './storage/installation.ts'
import { listAllNodes, listNodes } from './storage/node-records.ts'
import { listPlaces, savePlace } from './storage/place-records.ts'
import { openSecrets } from './storage/secrets.ts'
import { readSettings } from './storage/settings-records.ts'
import { terminalRecords } from './storage/terminal-records.ts'
import { tellDiskProblem } from './terminals/disk-problem.ts'
import { createTerminals } from './terminals/terminals.ts'
import { createTopic, followTopic, type Topic } from './topics.ts'
import { createConnections } from './transports/connections.ts'
import { nodeScript } from './transports/node-script.ts'
import { onWakeUp } from './transports/wake-up.ts'

export type EngineOptions = {
  /** ~/.styx: made before, 0700, and owned by this process alone (hosts/owner.ts). */
  stateFolder: string
  /** The folder `resources` of this installation. */
  resources: string
  version: string
  /** Crash tests: called around every effect and every write that order depends on. */
  atPoint?: (point: string) => void
}

export type Engine = {
  /** Changes with every start. */
  id: string
  router: ContractRouter<Contract, HostContext>
  openBytes: OpenBytes
  openDownload: OpenDownload
  /** What happened, for desktop notices. */
  events: Topic<Event>
  settings(): Settings
  /** Resolves when a screen asks the program to end. */
  quitAsked: Promise<void>
  /** Pauses operations, ends shells, closes the database. */
  close(): Promise<void>
}

const THIS_MACHINE = 'this-machine'

/**
 * Opens the engine: the composition root, to be read from top to bottom.
 * @throws StyxError when the state folder's database or id cannot be used
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { stateFolder, resources, atPoint } = options
  const id = randomUUID()
  const startedAt = Date.now()
  const closing = new AbortController()
  const { signal } = closing
  setMaxListeners(0, signal) // all parts end by it; Node 20 takes more than ten for a leak

  const { database: db, notices } = openDatabase(stateFolder)
  const [installation, own] = await Promise.all([installationId(stateFolder), ownMachineId()])
  const secrets = openSecrets(installation) // a keyring may take seconds to answer; nothing waits for it but who needs it
  if (!listPlaces(db).some((place) => place.id === THIS_MACHINE))
    savePlace(db, { id: THIS_MACHINE, kind: 'local', name: 'This machine', settings: {} })

  const asks = createAsks(db.changes.publish)
  const connections = createConnections({ asks, secrets, knownHosts: knownHostsFiles() })
  onWakeUp(connections.wake, signal)
  const machines = {
    resources,
    installationId: installation,
    transport: connections.transport,
    nodes: () => listAllNodes(db),
    clusterName: (id: string) => clusterName(db, id),
  }
  const providers = { local: createLocalProvider(machines), ssh: createSshProvider(machines) }
  const logs = createLogStore({ folder: join(stateFolder, 'logs'), onProblem: tellLogProblem(db) })
  const logReader = createLogs(logs)
  const terminals = createTerminals({
    folder: join(stateFolder, 'terminals'),
    records: terminalRecords(db),
    transport: connections.transport,
    nodes: {
      where: ({ nodeId, placeId }) => terminalTarget(db, nodeId ? { is: 'node', nodeId } : { is: 'place', placeId }),
      keeper: (verb, { id, clusterId, nodeId, size }) =>
        nodeScript(resources, 'terminal', verb, installation, clusterId, nodeId, id, String(size.cols), String(size.rows)),
    },
    onProblem: tellDiskProblem(db),
  })
  const rayOf = (clusterId: string) => {
    const [head] = listNodes(db, clusterId)
    const { ray } = readCluster(db, clusterId) ?? { ray: null }
    if (!head?.endpoint) return null
    const transport = connections.transport(head.endpoint)
    return {
      ray,
      head: { installationId: installation, clusterId, nodeId: head.id, transport, isHere: head.endpoint.via === 'local' },
    }
  }
  const jobs = createJobs({
    db,
    installationId: installation,
    resources,
    runner: createShellRunner(resources),
    starters: { shell: createShellStarter(resources), ray: createRayStarter({ resources, cluster: rayOf }) },
    transport: connections.transport,
    logs,
    lastLines: (log, streams) => lastLines(logReader, { log, streams }, 12, 400),
    secrets,
    whenDone: (clusterId, how) => void clusters[how](clusterId),
    submittedBy: `${userName()}@${hostname()}`,
    atPoint,
  })
  const clusters = createClusters({
    db,
    installationId: installation,
    providers,
    connections,
    endTerminals: terminals.endAll,
    resources,
    jobs,
    logs: createOperationLogs(logs),
    atPoint,
  })

  const health = new Map<string, Health>()
  const check = async (placeId: string, callSignal: AbortSignal): Promise<Health> => {
    const tell = (seen: Health) => {
      health.set(placeId, seen)
      db.changes.publish({ type: 'health', health: seen })
    }
    const seen = await clusters.check(placeId, tell, callSignal)
    tell(seen)
    return seen
  }
  const sampler = createSampler({ transport: connections.transport, resources, signal })
  const { records: historyRecords, notice: historyNotice } = openHistory(stateFolder)
  const history = createHistory({ records: historyRecords, sampler, signal })
  const sampled = () => {
    const machines = reachableMachines(db, health.values())
    // This one before its check tells of it: its first reading is there with the first picture.
    if (own && !health.has(THIS_MACHINE) && !machines.has(own)) machines.set(own, { endpoint: { via: 'local' }, gpus: [] })
    return machines
  }
  sampleInBackground(db, sampler, sampled, signal)
  const notes = new Map<string, Note>()
  keepNotes({ db, sampler, health, notes, signal })
  watchClusters(db, providers, signal)
  watchRay({ db, resources, installationId: installation, transport: connections.transport }, signal)
  clusters.resumeAll()
  jobs.resume()
  check(THIS_MACHINE, signal).catch(() => {}) // the card says that it is unknown, and asks again

  const events = createTopic<Event>()
  void followTopic(db.changes, signal, {
    message: (change) => {
      if (change.type === 'event') events.publish(change.event)
    },
  })

  const files = createNodeFiles({ db, resources, installationId: installation, transport: connections.transport })
  const openLog = openLogDownload(logReader)

  let quit = () => {}
  const quitAsked = new Promise<void>((resolve) => {
    quit = resolve
  })
  const router = createRouter({
    info: async () => {
      const { kept, why } = await secrets
      return {
        version: options.version,
        engineId: id,
        startedAt,
        stateFolder,
        platform: process.platform,
        secrets: { kept, why },
        notices: [...notices, ...(historyNotice ? [historyNotice] : []), ...db.unreadable],
      }
    },
    quit,
    db,
    clusters,
    rayDashboards: createRayDashboards({ db, resources, transport: connections.transport }, signal),
    terminals,
    sampler,
    health,
    check,
    findMachines,
    jobs,
    logs: logReader,
    files,
    history,
    notes,
    asks,
  })

  const openBytes: OpenBytes = async (stream, offset) => {
    const [, name] = /^terminal:([\w-]{1,100})$/.exec(stream) ?? []
    if (name) return terminals.reader(name, offset)
    throw new StyxError({
      code: 'stream.unknown',
      what: 'There is no such stream',
      where: stream,
      suggestion: 'Reload the page.',
    })
  }

  return {
    id,
    router,
    openBytes,
    openDownload: async (...address) => (await openLog(...address)) ?? files.openDownload(...address),
    events,
    settings: () => readSettings(db),
    quitAsked,
    close: async () => {
      closing.abort()
      await clusters.close()
      await jobs.close()
      await terminals.closeAll()
      await logReader.close()
      await logs.close()
      await connections.close()
      history.close()
      db.close()
    },
  }
}

/** Where ssh looks hosts up too; the first is written to. */
const knownHostsFiles = () => [join(homedir(), '.ssh', 'known_hosts'), '/etc/ssh/ssh_known_hosts']

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return 'somebody' // a user without an entry in passwd, as in some containers
  }
}
