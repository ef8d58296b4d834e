import { setTimeout as sleep } from 'node:timers/promises'
import type { MachineDetails, MachineSample } from '../../shared/machine.ts'
import type { Endpoint } from '../../shared/node.ts'
import { createTopic, type Topic } from '../topics.ts'
import type { Transport } from '../transports/transport.ts'
import { unknownSample } from './sample.ts'
import { type Pace, runSampleLoop, type SampleLoop } from './sample-loop.ts'
import { createSampleReader } from './sample-reader.ts'

/** `details`: somebody looks also at what changes slowly. */
type SampleRate = 'details' | 'seen' | 'background'

/** How a machine is reached, and its GPUs by UUID in the order of its facts: that of a sample's columns, also when one does not answer. */
export type SampledMachine = { endpoint: Endpoint; gpus: readonly string[] }

export type Sampler = {
  /** Samples a machine at this rate until the returned function is called: one loop there, however many watch it. */
  watch(machineId: string, machine: SampledMachine, rate: SampleRate): () => void
  /** Its samples of the last 15 minutes, oldest first; empty once nobody watches it. */
  recent(machineId: string): MachineSample[]
  latest(machineId: string): MachineSample | undefined
  /** The newest sample of each machine. */
  newest(): MachineSample[]
  /** Its GPUs by UUID, in the order of its samples' columns; one that drops out keeps its place. */
  gpus(machineId: string): readonly string[]
  /** Its newest details, however old; undefined while nobody watches it and where it has none. */
  details(machineId: string): MachineDetails | undefined
  /** Every sample as it comes, of all machines. */
  samples: Topic<MachineSample>
  /** All details as they come, of all machines. */
  detailed: Topic<MachineDetails>
}

/** 1 Hz while somebody looks. */
const PACES: Record<SampleRate, Pace> = {
  details: { interval_s: 1, details_s: 5 },
  seen: { interval_s: 1, details_s: 60 },
  background: { interval_s: 10, details_s: 60 },
}
/** Between the starts of two loops: with hundreds of machines their shots must not all come in the same moment. */
const SPREAD_MS = 10
const KEPT_MS = 15 * 60_000
/** Waits before a loop that ended is begun again: doubled from the first to the last while it does not hold. */
const RESTART_MS = { first: 1_000, most: 60_000 }
/** A loop that ran so long was well: the next wait is the first one again. */
const WELL_MS = 30_000

type Machine = {
  watchers: Set<{ rate: SampleRate }>
  recent: MachineSample[]
  /** Its GPUs in the order of its facts, then those first seen since: one that drops out keeps its place. */
  gpus: string[]
  details: MachineDetails | undefined
  loop: SampleLoop | null
  pace: Pace
  stop: AbortController
}

/** Watches machines by a loop on each (resources/node/sample.sh); all loops end with the signal. */
export function createSampler(deps: {
  transport(endpoint: Endpoint): Transport
  resources: string
  signal: AbortSignal
}): Sampler {
  const machines = new Map<string, Machine>()
  const samples = createTopic<MachineSample>()
  const detailed = createTopic<MachineDetails>()
  let nextStart = 0
  deps.signal.addEventListener(
    'abort',
    () => {
      for (const machine of machines.values()) machine.stop.abort()
    },
    { once: true },
  )

  function publish(machine: Machine, sample: MachineSample): void {
    machine.recent.push(sample)
    while (machine.recent[0] && machine.recent[0].at < sample.at - KEPT_MS) machine.recent.shift()
    samples.publish(sample)
  }

  function publishDetails(machine: Machine, details: MachineDetails): void {
    machine.details = details
    detailed.publish(details)
  }

  function begin(machineId: string, endpoint: Endpoint, rate: SampleRate): Machine {
    const stop = new AbortController()
    const machine: Machine = {
      watchers: new Set(),
      recent: [],
      gpus: [],
      details: undefined,
      loop: null,
      pace: PACES[rate],
      stop,
    }
    machines.set(machineId, machine)
    if (deps.signal.aborted) stop.abort()
    void keepSampling(machineId, endpoint, machine)
    return machine
  }

  async function keepSampling(machineId: string, endpoint: Endpoint, machine: Machine): Promise<void> {
    const { signal } = machine.stop
    let wait_ms = RESTART_MS.first
    const now = performance.now()
    nextStart = Math.max(now, nextStart + SPREAD_MS)
    if (nextStart > now) await sleep(nextStart - now, undefined, { signal }).catch(() => {})
    while (!signal.aborted) {
      const began = performance.now()
      const reader = createSampleReader(
        machineId,
        machine.gpus,
        () => machine.pace.interval_s * 1000,
        (sample) => publish(machine, sample),
        (details) => publishDetails(machine, details),
      )
      machine.loop = runSampleLoop({
        transport: () => deps.transport(endpoint),
        resources: deps.resources,
        pace: machine.pace,
        onLine: reader.line,
        signal,
      })
      const why = await machine.loop.ended
      machine.loop = null
      reader.close()
      if (signal.aborted) return
      publish(machine, unknownSample(machineId, Date.now(), why))
      if (performance.now() - began > WELL_MS) wait_ms = RESTART_MS.first
      await connectedOr(wait_ms, deps.transport(endpoint), signal)
      wait_ms = Math.min(wait_ms * 2, RESTART_MS.most)
    }
  }

  return {
    samples,
    detailed,
    latest: (machineId) => machines.get(machineId)?.recent.at(-1),
    newest: () => [...machines.values()].flatMap(({ recent }) => recent.at(-1) ?? []),
    gpus: (machineId) => machines.get(machineId)?.gpus ?? [],
    details: (machineId) => machines.get(machineId)?.details,
    recent: (machineId) => [...(machines.get(machineId)?.recent ?? [])],
    watch: (machineId, { endpoint, gpus }, rate) => {
      const machine = machines.get(machineId) ?? begin(machineId, endpoint, rate)
      machine.gpus.push(...gpus.filter((uuid) => !machine.gpus.includes(uuid)))
      const watcher = { rate }
      machine.watchers.add(watcher)
      adjust(machine)
      return () => {
        if (!machine.watchers.delete(watcher)) return
        if (machine.watchers.size > 0) return adjust(machine)
        machine.stop.abort()
        if (machines.get(machineId) === machine) machines.delete(machineId)
      }
    },
  }
}

/** Waits so long, or until a machine that was cut off is connected again. */
async function connectedOr(wait_ms: number, transport: Transport, signal: AbortSignal): Promise<void> {
  const stop = new AbortController()
  const end = () => stop.abort()
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  let begun = false
  transport.watch((link) => {
    if (begun && link.is === 'open') end()
  }, stop.signal)
  begun = true // how it stood before is no news
  await sleep(wait_ms, undefined, { signal: stop.signal }).catch(() => {})
  signal.removeEventListener('abort', end)
  end()
}

/** The fastest rate that anybody asks for. */
function adjust(machine: Machine): void {
  const rates = new Set([...machine.watchers].map(({ rate }) => rate))
  const pace = PACES[rates.has('details') ? 'details' : rates.has('seen') ? 'seen' : 'background']
  if (pace === machine.pace) return
  machine.pace = pace
  machine.loop?.setPace(pace)
}
