import type { Ask } from '../../shared/ask.ts'
import type { Health, HostHealth, Place } from '../../shared/place.ts'
import { type PoolHost, poolSettings } from '../../shared/pool.ts'
import { isChangedKey } from './changed-key.ts'
import { count, gpuWords, type Tone } from './words.ts'

/** A place in a colour, the word for it, and a note of what it is. */
export type PlaceState = { tone: Tone; word: string; note: string }

/** The machines of a pool; none for a place that is a machine. */
export function poolHosts({ kind, settings }: Place): PoolHost[] {
  return kind === 'ssh' ? poolSettings.parse(settings).hosts : []
}

/** How a place is, as far as its last check tells. */
export function placeState(place: Place, health: Health | undefined): PlaceState {
  return place.kind === 'ssh' ? poolState(place, health) : machineState(health)
}

function machineState(health: Health | undefined): PlaceState {
  if (!health) return { tone: 'off', word: 'not checked yet', note: 'not checked' }
  const cores = health.machine?.cores
  const note = cores ? count(cores, 'core') : 'cores unknown'
  return health.usable ? { tone: 'ready', word: 'can launch', note } : { tone: 'needs', word: 'cannot launch', note }
}

function poolState(place: Place, health: Health | undefined): PlaceState {
  const hosts = poolHosts(place)
  if (!health) return { tone: 'off', word: 'not checked yet', note: count(hosts.length, 'host') }
  const rows = health.hosts.filter(({ hostId }) => hosts.some(({ id }) => id === hostId))
  const changed = rows.filter(({ error }) => isChangedKey(error)).length
  if (changed > 0) return { tone: 'failed', word: 'a host key changed', note: count(changed, 'changed key') }
  const usable = rows.filter((row) => row.usable).length
  const note = `${usable} of ${count(hosts.length, 'host')}`
  if (rows.some(({ state }) => state === 'checking')) return { tone: 'motion', word: 'being checked', note }
  if (usable === 0) return { tone: 'needs', word: 'cannot launch', note }
  return usable === hosts.length
    ? { tone: 'ready', word: 'can launch', note: count(hosts.length, 'host') }
    : { tone: 'needs', word: 'some machines cannot be used', note }
}

/** A machine of a pool in a colour and a few words. `ask`: what it waits for. */
export function hostState(row: HostHealth | undefined, ask: Ask | null): { tone: Tone; word: string } {
  if (!row) return { tone: 'off', word: 'not checked yet' }
  if (isChangedKey(row.error)) return { tone: 'failed', word: 'host key changed' }
  switch (row.state) {
    case 'checking':
      return ask ? { tone: 'needs', word: 'needs you' } : { tone: 'motion', word: 'being checked' }
    case 'unreachable':
      return { tone: 'failed', word: 'cannot be reached' }
    case 'refused':
      return { tone: 'needs', word: 'lets you not in' }
    case 'unknown':
      return { tone: 'off', word: 'not checked to the end' }
    case 'in':
      return row.usable ? { tone: 'ready', word: 'can launch' } : { tone: 'needs', word: 'cannot launch' }
  }
}

/** The GPUs of all machines of a pool that answered, together: "12 GPUs", "no NVIDIA GPU"; empty while nothing is known. */
export function poolGpuWords(health: Health | undefined): string {
  const facts = (health?.hosts ?? []).flatMap((row) => row.facts ?? [])
  const gpus = facts.reduce((sum, { gpus }) => sum + gpus.length, 0)
  if (facts.length === 0) return ''
  return gpus > 0 && facts.length > 1 ? count(gpus, 'GPU') : gpuWords(facts[0]!)
}
