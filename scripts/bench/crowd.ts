import { implement } from '@orpc/server'
import type { History } from '../../src/main/gpu/history.ts'
import type { Served } from '../../src/main/hosts/contract-server.ts'
import type { HostContext } from '../../src/main/router.ts'
import type { Snapshot } from '../../src/shared/change.ts'
import { contract } from '../../src/shared/contract.ts'
import type { MachineFacts, MachineSample } from '../../src/shared/machine.ts'
import { settings } from '../../src/shared/settings.ts'

const CLUSTERS = 100
const NODES = 8
export const GPUS = 8
export const CORES = 32

type FollowSamples = (input: { machineIds: string[]; recentOf: string[] }, signal: AbortSignal) => AsyncGenerator<MachineSample[]>

/** The contract as pages of the board and of GPUs need it: over a snapshot, and samples and history from wherever they come. */
export function createCrowd(snapshot: Snapshot, samples: FollowSamples, history?: Pick<History, 'read'>): Served {
  const os = implement(contract).$context<HostContext>()
  const never = new AbortController().signal
  let chosen = snapshot.settings
  const router = {
    app: { info: os.app.info.handler(() => info) },
    changes: os.changes.handler(async function* ({ signal }) {
      yield { type: 'snapshot' as const, snapshot: { ...snapshot, settings: chosen } }
      await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }))
    }),
    samples: os.samples.handler(({ input, signal }) => samples(input, signal ?? never)),
    machines: {
      history: os.machines.history.handler(({ input }) => {
        if (!history) throw new Error('the crowd has no history')
        return history.read(input)
      }),
    },
    settings: {
      write: os.settings.write.handler(({ input }) => {
        chosen = { ...chosen, ...input }
        return chosen
      }),
    },
  }
  const openBytes: Served['openBytes'] = async () => {
    throw new Error('the crowd has no byte streams')
  }
  return { router, openBytes, openDownload: async () => null }
}

const info = {
  version: '0.0.0',
  host: 'web' as const,
  engineId: 'crowd',
  startedAt: Date.now(),
  stateFolder: '/nowhere',
  platform: 'linux',
  secrets: { kept: 'memory' as const, why: 'a bench keeps none' },
  notices: [],
}

/** 100 clusters × 8 nodes × 8 GPUs that live in this bench alone, all of them ready. */
export function crowdSnapshot(): Snapshot {
  const now = Date.now()
  const clusters = Array.from({ length: CLUSTERS }, (_, c) => ({
    id: `cluster-${c}`,
    placeId: 'crowd',
    name: `crowd-${c}`,
    spec: {},
    state: { is: 'ready' as const, since: now },
    observed: { at: now, problem: null },
    ray: null,
    createdAt: now - c * 60_000,
  }))
  const nodes = clusters.flatMap(({ id }) =>
    Array.from({ length: NODES }, (_, rank) => ({
      id: `${id}-node-${rank}`,
      clusterId: id,
      rank,
      machineId: `${id}-machine-${rank}`,
      externalId: null,
      innerIp: null,
      endpoint: null,
      facts: crowdFacts(`${id}-machine-${rank}`),
      gpus: null,
      state: 'up' as const,
      lastSeen: now,
    })),
  )
  return {
    places: [{ id: 'crowd', kind: 'local', name: 'A crowd', settings: {} }],
    health: [],
    clusters,
    nodes,
    operations: [],
    terminals: [],
    samples: [],
    jobs: [],
    notes: [],
    asks: [],
    settings: settings.parse({}),
    events: [],
  }
}

export function crowdFacts(machineId: string): MachineFacts {
  return {
    machineId,
    hostname: machineId,
    os: 'Debian GNU/Linux 12 (bookworm)',
    platform: 'linux',
    arch: 'x64',
    cpu: 'Synthetic',
    cores: CORES,
    memory_MiB: 1_048_576,
    diskTotal_MiB: 4_194_304,
    diskFree_MiB: 2_097_152,
    gpus: Array.from({ length: GPUS }, (_, gpu) => ({
      uuid: gpuUuid(machineId, gpu),
      name: 'NVIDIA H100',
      memory_MiB: 81_559,
    })),
    gpuProblem: null,
    python: '3.11.2',
  }
}

/** In the form of real ones: what has another is not believed. */
function gpuUuid(machineId: string, gpu: number): string {
  const [cluster = 0, machine = 0] = machineId.match(/\d+/g)?.map(Number) ?? []
  const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0')
  return `GPU-${hex(cluster, 8)}-${hex(machine, 4)}-4000-8000-${hex(gpu, 12)}`
}

/** Every figure changes every second: the worst case for whatever is drawn. */
export function anySample(machineId: string, at: number): MachineSample {
  const random = (length: number, most: number) => Array.from({ length }, () => Math.round(Math.random() * most))
  return {
    machineId,
    at,
    cores_percent: random(CORES, 100),
    memoryUsed_MiB: Math.round(Math.random() * 1_048_576),
    memoryTotal_MiB: 1_048_576,
    swapUsed_MiB: 0,
    swapTotal_MiB: 0,
    diskUsed_MiB: 2_097_152,
    diskFree_MiB: 2_097_152,
    down_Bps: Math.round(Math.random() * 1e9),
    up_Bps: Math.round(Math.random() * 1e9),
    temperature_C: 60,
    gpus: {
      use_percent: random(GPUS, 100),
      memoryUsed_MiB: random(GPUS, 81_559),
      temperature_C: random(GPUS, 90),
      power_W: random(GPUS, 700),
    },
    gpuProblem: null,
    problem: null,
  }
}
