import { randomUUID } from 'node:crypto'
import { join, resolve } from 'node:path'
import * as z from 'zod'
import type { JobRunner } from '../../shared/job.ts'
import type { MachineFacts } from '../../shared/machine.ts'
import { blankNode } from '../../shared/node.ts'
import type { Ray } from '../../shared/ray.ts'
import { lastLines } from '../logs/last-lines.ts'
import { createLogs } from '../logs/logs.ts'
import { createLogStore } from '../logs/store.ts'
import { nodeFolder } from '../providers/node-folder.ts'
import { createCluster } from '../storage/cluster-records.ts'
import { openDatabase } from '../storage/database.ts'
import { saveNode } from '../storage/node-records.ts'
import { savePlace } from '../storage/place-records.ts'
import { openSecrets } from '../storage/secrets.ts'
import { openLocalTransport } from '../transports/local/local-transport.ts'
import { createJobs } from './jobs.ts'
import type { Starter } from './runner.ts'
import { createShellRunner } from './shell-runner.ts'
import { createShellStarter } from './shell-starter.ts'

const resources = resolve('resources')
export const NODES = 3
export const GPUS = 2

/** Three nodes of one cluster, all on this machine and reached as it is. */
export const gangUnderTest = z.object({
  /** HOME of all nodes. */
  home: z.string(),
  /** `folder`: the node's, with its marker. */
  nodes: z.array(z.object({ id: z.string(), folder: z.string(), innerIp: z.string() })),
  clusterId: z.string(),
  installationId: z.string(),
})

/** And how jobs begin on them. */
export type GangUnderTest = z.infer<typeof gangUnderTest> & {
  runner: JobRunner
  ray: Ray | null
  /** The process of Ray on a node. */
  raylet?(node: number): number
  starter(): Starter
  close(): Promise<void>
}

/** Makes the folders of new nodes in a home. */
export async function makeNodes(home: string): Promise<z.infer<typeof gangUnderTest>> {
  const before = process.env.HOME
  process.env.HOME = home
  const [installationId, clusterId] = ['installation', randomUUID()]
  const transport = openLocalTransport()
  const nodes = []
  for (let rank = 0; rank < NODES; rank++) {
    const owner = { installationId, clusterId, nodeId: randomUUID() }
    const { path } = await nodeFolder('make', owner, { transport, resources, signal: new AbortController().signal })
    nodes.push({ id: owner.nodeId, folder: path, innerIp: `127.0.10.${rank + 1}` })
  }
  await transport.close()
  process.env.HOME = before
  return { home, nodes, clusterId, installationId }
}

/** Writes the cluster and its nodes into a new database. */
export function writeCluster(under: Pick<GangUnderTest, 'clusterId' | 'nodes' | 'ray'>, stateFolder: string): void {
  const { database: db } = openDatabase(stateFolder)
  const { clusterId, nodes, ray } = under
  savePlace(db, { id: 'p', kind: 'ssh', name: 'place', settings: {} })
  const state = { is: 'ready' as const, since: 0 }
  const observed = { at: null, problem: null }
  createCluster(db, { id: clusterId, placeId: 'p', name: 'gang', spec: {}, state, observed, ray, createdAt: 0 })
  for (const [rank, { id, innerIp }] of nodes.entries()) {
    const known = { innerIp, machineId: 'm', endpoint: { via: 'local' as const }, facts, state: 'up' as const }
    saveNode(db, blankNode({ id, clusterId, rank, ...known }))
  }
  db.close()
}

const facts: MachineFacts = {
  machineId: 'm',
  hostname: 'box',
  os: 'Linux',
  platform: 'linux',
  arch: 'x64',
  cpu: null,
  cores: 2,
  memory_MiB: null,
  diskTotal_MiB: null,
  diskFree_MiB: null,
  gpus: Array.from({ length: GPUS }, (_, i) => ({ uuid: `GPU-${i}`, name: 'NVIDIA H100', memory_MiB: null })),
  gpuProblem: null,
  python: null,
}

/** All of the engine that jobs need; it goes on with what an earlier one left. */
export function startJobs(under: GangUnderTest, stateFolder: string, atPoint?: (point: string) => void) {
  const { database: db } = openDatabase(stateFolder)
  const logs = createLogStore({ folder: join(stateFolder, 'logs') })
  const reader = createLogs(logs)
  const transport = openLocalTransport()
  const own = under.starter()
  const shell = createShellStarter(resources)
  const jobs = createJobs({
    db,
    installationId: under.installationId,
    resources,
    runner: createShellRunner(resources),
    starters: { shell: under.runner === 'shell' ? own : shell, ray: own },
    transport: () => transport,
    logs,
    lastLines: (log, streams) => lastLines(reader, { log, streams }, 12, 400),
    secrets: openSecrets(under.installationId),
    whenDone: () => {},
    submittedBy: 'somebody',
    atPoint,
  })
  jobs.resume()
  return {
    jobs,
    isClosed: (id: string) =>
      (JSON.parse((db.sql.prepare('SELECT work FROM jobs WHERE id = ?').get(id) as { work: string }).work) as { closed: boolean })
        .closed,
    events: () =>
      db.sql
        .prepare('SELECT text FROM events ORDER BY id DESC')
        .all()
        .map((row) => (row as { text: string }).text),
    lines: (id: string) => reader.lines({ log: `job:${id}`, streams: null }, 0, 2000, new AbortController().signal),
    close: async () => {
      await jobs.close()
      await reader.close()
      await logs.close()
      await transport.close()
      db.close()
    },
  }
}
