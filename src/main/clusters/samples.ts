import type { MachineSample } from '../../shared/machine.ts'
import type { Endpoint } from '../../shared/node.ts'
import type { Health } from '../../shared/place.ts'
import type { Sampler } from '../gpu/sampler.ts'
import type { Database } from '../storage/database.ts'
import { listAllNodes } from '../storage/node-records.ts'

/** The screen gets one batch so often, however many machines it watches, ms. */
const BATCH_EVERY_MS = 1_000

/** The machines that can be sampled now: those of nodes that are up, and those that are places themselves. */
export function reachableMachines(db: Database, health: Iterable<Health>): Map<string, Endpoint> {
  const machines = new Map<string, Endpoint>()
  for (const { machine } of health) if (machine) machines.set(machine.machineId, { via: 'local' })
  for (const node of listAllNodes(db))
    if (node.state === 'up' && node.machineId && node.endpoint) machines.set(node.machineId, node.endpoint)
  return machines
}

/** Samples every reachable machine in the background until the signal aborts, so that its last minutes are there when somebody looks. */
export function sampleInBackground(
  db: Database,
  sampler: Sampler,
  machines: () => Map<string, Endpoint>,
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
    for (const [id, endpoint] of now) if (!watched.has(id)) watched.set(id, sampler.watch(id, endpoint, 'background'))
  }
  const follow = async () => {
    for await (const change of db.changes.subscribe(signal))
      if (change.type === 'node' || change.type === 'health' || change.type === 'gone') reconcile()
  }
  reconcile()
  void follow().finally(() => {
    for (const unwatch of watched.values()) unwatch()
  })
}

/** First what is known of the last minutes, then a batch a second. While it is read the machines are sampled at 1 Hz. */
export async function* followSamples(
  sampler: Sampler,
  machines: Map<string, Endpoint>,
  machineIds: string[],
  signal: AbortSignal,
): AsyncGenerator<MachineSample[]> {
  const wanted = new Set(machineIds)
  const unwatch = [...wanted].flatMap((id) => {
    const endpoint = machines.get(id)
    return endpoint ? [sampler.watch(id, endpoint, 'seen')] : []
  })
  const waiting = new Map<string, MachineSample>() // a reader gets the latest, never a queue
  const collect = async () => {
    for await (const sample of sampler.samples.subscribe(signal))
      if (wanted.has(sample.machineId)) waiting.set(sample.machineId, sample)
  }
  const collecting = collect()
  collecting.catch(() => {}) // awaited below
  try {
    yield machineIds.flatMap((id) => sampler.recent(id))
    while (!signal.aborted) {
      await pause(BATCH_EVERY_MS, signal)
      const batch = [...waiting.values()]
      waiting.clear()
      if (batch.length > 0) yield batch
    }
    await collecting
  } finally {
    for (const stop of unwatch) stop()
  }
}

function pause(time_ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, time_ms)
    signal.addEventListener('abort', end)
  })
}
