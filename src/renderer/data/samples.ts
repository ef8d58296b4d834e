import { useEffect, useSyncExternalStore } from 'react'
import type { MachineSample } from '../../shared/machine.ts'
import { api, follow } from '../rpc/connection.ts'
import { createRing, type Ring } from './ring.ts'
import { onTick } from './time.ts'

/** A reading older than this is no longer what the machine does now: it is shown as unknown, with its age. */
export const FRESH_MS = 15_000

/** How long a machine that left the screen is still followed, so that scrolling does not open the stream again and again. */
const LINGER_MS = 5_000
/**
 * Joins what several renders ask for into one stream. The first one waits for nobody: the board is empty until its numbers come. While one
 * is open it is changed once the scrolling pauses, or after so long.
 */
const GATHER_MS = { first: 0, pause: 150, most: 1000 }
/** Who was followed until so long ago has no gap. */
const GAP_MS = 5_000

/** `filled`: the past that somebody wants to see was asked for. */
type Watched = { ring: Ring<MachineSample>; viewers: Map<symbol, number>; leftAt: number | null; filled: boolean }

const watched = new Map<string, Watched>()
/** What each machine did when the engine was last reached: there is more as soon as its stream is open. */
let seeds = new Map<string, MachineSample>()
const painters = new Set<() => void>()
let stream: { ids: string; stop: AbortController } | null = null
let gathering: { timer: ReturnType<typeof setTimeout>; since: number } | null = null
let frame = 0
let lastBatch_ms = 0

/** Follows these machines while the component is on the screen, keeping the last `keep_s` seconds of each. 0: only what is now. */
export function useWatch(machineIds: readonly string[], keep_s: number): void {
  const key = machineIds.join(' ')
  useEffect(() => {
    if (key === '') return
    const viewer = Symbol('viewer')
    const ids = key.split(' ')
    for (const id of ids) look(id, viewer, keep_s)
    gather()
    return () => {
      for (const id of ids) leave(id, viewer)
      setTimeout(gather, LINGER_MS)
    }
  }, [key, keep_s])
}

/** The newest sample, however old; undefined when none came yet. */
export const latest = (machineId: string) => watched.get(machineId)?.ring.last() ?? seeds.get(machineId)

/** The newest sample if it is fresh enough to say what the machine does now. */
export function fresh(machineId: string): MachineSample | undefined {
  const sample = latest(machineId)
  return sample && Date.now() - sample.at < FRESH_MS ? sample : undefined
}

/** Oldest first. Not a copy. */
export const history = (machineId: string): readonly MachineSample[] => watched.get(machineId)?.ring.items() ?? []

/** Paints now and then once for each batch of samples, all painters in one animation frame. Returns the way to stop. */
export function onSamples(paint: () => void): () => void {
  painters.add(paint)
  paint()
  return () => painters.delete(paint)
}

/** Why the first of these machines that cannot be read cannot be; null while all are read, or nothing is known yet. */
export function useMachineProblem(machineIds: readonly string[]): string | null {
  return useSyncExternalStore(onSamples, () => {
    for (const id of machineIds) {
      const problem = latest(id)?.problem
      if (problem) return problem
    }
    return null
  })
}

/** Takes the readings that come with a snapshot. */
export function seedSamples(samples: MachineSample[]): void {
  seeds = new Map(samples.map((sample) => [sample.machineId, sample]))
  paintSoon()
}

function look(id: string, viewer: symbol, keep_s: number) {
  const machine = watched.get(id) ?? { ring: createRing(keep_s * 1000), viewers: new Map(), leftAt: null, filled: false }
  watched.set(id, machine)
  const before_s = Math.max(0, ...machine.viewers.values())
  if (keep_s > before_s) machine.filled = false
  machine.viewers.set(viewer, keep_s)
  machine.leftAt = null
  machine.ring.keep(Math.max(before_s, keep_s) * 1000)
}

function leave(id: string, viewer: symbol) {
  const machine = watched.get(id)
  if (!machine) return
  machine.viewers.delete(viewer)
  if (machine.viewers.size === 0) machine.leftAt = Date.now()
}

function gather() {
  const now = Date.now()
  const since = gathering?.since ?? now
  if (gathering) clearTimeout(gathering.timer)
  const wait_ms = stream === null ? GATHER_MS.first : Math.min(GATHER_MS.pause, since + GATHER_MS.most - now)
  gathering = { since, timer: setTimeout(openStream, wait_ms) }
}

function openStream() {
  gathering = null
  const now = Date.now()
  for (const [id, { leftAt }] of watched) if (leftAt !== null && now - leftAt >= LINGER_MS) watched.delete(id)
  const machineIds = [...watched.keys()].sort()
  const ids = machineIds.join(' ')
  if (stream?.ids === ids && [...watched.values()].every(isFilled)) return
  const before = stream
  stream = null
  if (machineIds.length === 0) return before?.stop.abort()
  const stop = new AbortController()
  stream = { ids, stop }
  follow(
    (signal) => {
      const past = [...watched].filter(([, machine]) => !isFilled(machine))
      for (const [, machine] of past) machine.filled = true
      return api.samples({ machineIds, recentOf: past.map(([id]) => id) }, { signal })
    },
    (batch) => {
      before?.stop.abort() // only now: between two streams the machines would be told to slow down and to hurry again
      take(batch)
    },
    stop.signal,
  )
}

/** Has it all of the past that its viewers want? */
function isFilled({ viewers, filled, ring }: Watched): boolean {
  if (Math.max(0, ...viewers.values()) === 0) return true
  return filled && Date.now() - (ring.last()?.at ?? Date.now()) < GAP_MS
}

function take(batch: MachineSample[]) {
  for (const sample of batch) watched.get(sample.machineId)?.ring.push(sample)
  lastBatch_ms = Date.now()
  paintSoon()
}

function paintSoon() {
  if (frame !== 0) return
  frame = requestAnimationFrame(() => {
    frame = 0
    for (const paint of painters) paint()
  })
}

// Without new samples the picture must still grow old.
onTick(() => {
  if (painters.size > 0 && Date.now() - lastBatch_ms > 2000) paintSoon()
})
