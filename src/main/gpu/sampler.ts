import { setTimeout as sleep } from 'node:timers/promises'
import type { MachineSample } from '../../shared/machine.ts'
import type { Endpoint } from '../../shared/node.ts'
import { createTopic, type Topic } from '../topics.ts'
import type { Transport } from '../transports/transport.ts'
import { unknownSample } from './sample.ts'
import { runSampleLoop, type SampleLoop } from './sample-loop.ts'
import { createSampleReader } from './sample-reader.ts'

type SampleRate = 'seen' | 'background'

/** How a machine is reached, and its GPUs by UUID in the order of its facts: that of a sample's columns, also when one does not answer. */
export type SampledMachine = { endpoint: Endpoint; gpus: readonly string[] }

export type Sampler = {
  /** Samples a machine at this rate until the returned function is called: one loop there, however many watch it. */
  watch(machineId: string, machine: SampledMachine, rate: SampleRate): () => void
  /** Its samples of the last 15 minutes, oldest first; empty once nobody watches it. */
  recent(machineId: string): MachineSample[]
  /** Every sample as it comes, of all machines. */
  samples: Topic<MachineSample>
}

/** 1 Hz while somebody looks. */
const INTERVAL_S: Record<SampleRate, number> = { seen: 1, background: 10 }
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
  loop: SampleLoop | null
  interval_s: number
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

  function begin(machineId: string, endpoint: Endpoint, rate: SampleRate): Machine {
    const stop = new AbortController()
    const machine: Machine = { watchers: new Set(), recent: [], gpus: [], loop: null, interval_s: INTERVAL_S[rate], stop }
    machines.set(machineId, machine)
    if (deps.signal.aborted) stop.abort()
    void keepSampling(machineId, endpoint, machine)
    return machine
  }

  async function keepSampling(machineId: string, endpoint: Endpoint, machine: Machine): Promise<void> {
    const { signal } = machine.stop
    let wait_ms = RESTART_MS.first
    while (!signal.aborted) {
      const began = performance.now()
      const interval_ms = () => machine.interval_s * 1000
      const reader = createSampleReader(machineId, machine.gpus, interval_ms, (sample) => publish(machine, sample))
      machine.loop = runSampleLoop({
        transport: () => deps.transport(endpoint),
        resources: deps.resources,
        interval_s: machine.interval_s,
        onLine: reader.line,
        signal,
      })
      const why = await machine.loop.ended
      machine.loop = null
      reader.close()
      if (signal.aborted) return
      publish(machine, unknownSample(machineId, Date.now(), why))
      if (performance.now() - began > WELL_MS) wait_ms = RESTART_MS.first
      await sleep(wait_ms, undefined, { signal }).catch(() => {})
      wait_ms = Math.min(wait_ms * 2, RESTART_MS.most)
    }
  }

  return {
    samples,
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

/** The fastest rate that anybody asks for. */
function adjust(machine: Machine): void {
  const interval_s = Math.min(...[...machine.watchers].map(({ rate }) => INTERVAL_S[rate]))
  if (interval_s === machine.interval_s) return
  machine.interval_s = interval_s
  machine.loop?.setInterval(interval_s)
}
