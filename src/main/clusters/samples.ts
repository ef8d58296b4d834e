import { setTimeout as sleep } from 'node:timers/promises'
import type { MachineFacts, MachineSample } from '../../shared/machine.ts'
import type { Endpoint } from '../../shared/node.ts'
import type { Health } from '../../shared/place.ts'
import type { SampledMachine, Sampler } from '../gpu/sampler.ts'
import type { Database } from '../storage/database.ts'
import { listAllNodes } from '../storage/node-records.ts'
import { followTopic } from '../topics.ts'

/** The screen gets one batch so often, however many machines it watches, ms. */
const BATCH_EVERY_MS = 1_000

/** The machines that can be sampled now: those of nodes that are up, and those that are places themselves. */
export function reachableMachines(db: Database, health: Iterable<Health>): Map<string, SampledMachine> {
  const machines = new Map<string, SampledMachine>()
  const add = (machineId: string, endpoint: Endpoint, facts: MachineFacts | null) => {
    const gpus = [...(machines.get(machineId)?.gpus ?? []), ...(facts?.gpus.map((gpu) => gpu.uuid) ?? [])]
    machines.set(machineId, { endpoint, gpus: [...new Set(gpus)] })
  }
  // Nodes first: their facts were there before a GPU was lost, so theirs is the order.
  for (const node of listAllNodes(db))
    if (node.state === 'up' && node.machineId && node.endpoint) add(node.machineId, node.endpoint, node.facts)
  for (const { machine } of health) if (machine) add(machine.machineId, { via: 'local' }, machine)
  return machines
}

/** Samples every reachable machine in the background until the signal aborts, so that its last minutes are there when somebody looks. */
export function sampleInBackground(
  db: Database,
  sampler: Sampler,
  machines: () => Map<string, SampledMachine>,
  signal: AbortSignal,
): void {
  const watched = new Map<string, () => void>()
  const reconcile = () => {
    const now = machines()
    for (const [id, unwatch] of watched)
      if (!now.has(id)) {
        unwatch()
        watched.delete(id)
      }
    for (const [id, machine] of now) if (!watched.has(id)) watched.set(id, sampler.watch(id, machine, 'background'))
  }
  void followTopic(db.changes, signal, {
    begin: reconcile,
    message: ({ type }) => {
      if (type === 'node' || type === 'health' || type === 'gone') reconcile()
    },
  }).finally(() => {
    for (const unwatch of watched.values()) unwatch()
  })
}

/** First what is known (see the contract), then a batch a second at most. While it is read the machines are sampled at 1 Hz. */
export async function* followSamples(
  sampler: Sampler,
  machines: Map<string, SampledMachine>,
  { machineIds, recentOf }: { machineIds: string[]; recentOf: string[] },
  signal: AbortSignal,
): AsyncGenerator<MachineSample[]> {
  const wanted = new Set(machineIds)
  const withPast = new Set(recentOf)
  const unwatch = [...wanted].flatMap((id) => {
    const machine = machines.get(id)
    return machine ? [sampler.watch(id, machine, 'seen')] : []
  })
  const waiting = new Map<string, MachineSample>() // a reader gets the latest, never a queue
  let wake = () => {}
  let failure: unknown = null
  const collect = async () => {
    for await (const sample of sampler.samples.subscribe(signal)) {
      if (wanted.has(sample.machineId)) waiting.set(sample.machineId, sample)
      if (waiting.size > 0) wake()
    }
  }
  collect()
    .catch((error) => {
      failure = error
    })
    .finally(() => wake())
  try {
    yield machineIds.flatMap((id) => (withPast.has(id) ? sampler.recent(id) : sampler.recent(id).slice(-1)))
    while (!signal.aborted) {
      // What comes after a silence is sent at once: the first reading of a machine must not wait for a beat.
      if (waiting.size === 0 && failure === null)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      if (failure !== null) throw failure
      const batch = [...waiting.values()]
      waiting.clear()
      if (batch.length > 0) yield batch
      await sleep(BATCH_EVERY_MS, undefined, { signal }).catch(() => {})
    }
  } finally {
    for (const stop of unwatch) stop()
  }
}
