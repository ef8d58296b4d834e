import type { MachineDetails } from '../../shared/machine.ts'
import type { SampledMachine, Sampler } from '../gpu/sampler.ts'

/** First what is known of the machines, then each new answer. While it is read they are asked every few seconds. */
export async function* followDetails(
  sampler: Sampler,
  machines: Map<string, SampledMachine>,
  machineIds: string[],
  signal: AbortSignal,
): AsyncGenerator<MachineDetails[]> {
  const wanted = new Set(machineIds)
  const unwatch = [...wanted].flatMap((id) => {
    const machine = machines.get(id)
    return machine ? [sampler.watch(id, machine, 'details')] : []
  })
  try {
    const news = sampler.detailed.subscribe(signal)
    yield [...wanted].flatMap((id) => sampler.details(id) ?? [])
    for await (const details of news) if (wanted.has(details.machineId)) yield [details]
  } finally {
    for (const stop of unwatch) stop()
  }
}
