import { QueryClient } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import type { Ask } from '../../shared/ask.ts'
import type { Event } from '../../shared/event.ts'
import type { Job } from '../../shared/job.ts'
import type { Node } from '../../shared/node.ts'
import type { Note } from '../../shared/note.ts'
import type { Settings } from '../../shared/settings.ts'
import { api, follow } from '../rpc/connection.ts'
import { applyChange, type Live } from './live-state.ts'
import { seedSamples } from './samples.ts'

/** What is asked for. What the engine tells by itself is not in it, but in `live` below. */
export const queries = new QueryClient({
  // Nothing is fetched again because a window got the focus.
  defaultOptions: { queries: { refetchOnWindowFocus: false, refetchOnReconnect: false, retry: false, staleTime: Infinity } },
})

let live: Live | null = null
const listeners = new Set<() => void>()

function setLive(next: Live | null) {
  live = next
  for (const listener of listeners) listener()
}

function onLive(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

const NO_NODES: Node[] = []
const NO_JOBS: Job[] = []
const NO_NOTES: Note[] = []
const NO_ASKS: Ask[] = []

/** Events as they happen, also those that came before a listener: each is told once, with none from before this page. */
const arrivals = new Set<(event: Event) => void>()

/** Calls back for each event that happens from now on. Returns the way to stop. */
export function onEvent(listener: (event: Event) => void): () => void {
  arrivals.add(listener)
  return () => arrivals.delete(listener)
}

/** Follows the engine until the signal aborts: everything the hooks below return comes from here. */
export function followEngine(signal: AbortSignal): void {
  follow(
    (ended) => api.changes(undefined, { signal: ended }),
    (change) => {
      if (change.type === 'snapshot') seedSamples(change.snapshot.samples)
      setLive(applyChange(live, change))
      if (change.type === 'event') for (const listener of arrivals) listener(change.event)
    },
    signal,
  )
}

/** A part of what is known, or undefined before the first snapshot. `select` answers the same object while nothing of it changed. */
export function useLive<T>(select: (live: Live) => T): T | undefined {
  return useSyncExternalStore(onLive, () => (live === null ? undefined : select(live)))
}

/** What is known now, outside of React. */
export const liveNow = () => live

/** False until the first snapshot came. */
export const useLoaded = () => useLive(() => true) ?? false
export const usePlaces = () => useLive((live) => live.places) ?? []
export const useHealth = (placeId: string) => useLive((live) => live.health[placeId])
export const useAllHealth = () => useLive((live) => live.health) ?? {}
export const useClusters = () => useLive((live) => live.clusters) ?? []
export const useCluster = (clusterId: string) => useLive((live) => live.clusters.find(({ id }) => id === clusterId) ?? null)
/** Head first. */
export const useNodes = (clusterId: string) => useLive((live) => live.nodes[clusterId]) ?? NO_NODES
export const useAllNodes = () => useLive((live) => live.nodes) ?? {}
/** The newest of the cluster. */
export const useOperation = (clusterId: string) => useLive((live) => live.operations[clusterId])
export const useAllOperations = () => useLive((live) => live.operations) ?? {}
export const useTerminals = () => useLive((live) => live.terminals) ?? []
/** Newest first; older ones are paged by `jobs.list`. */
export const useJobs = () => useLive((live) => live.jobs) ?? NO_JOBS
export const useJob = (jobId: string) => useLive((live) => live.jobs.find(({ id }) => id === jobId) ?? null)
/** What needs the user on the machines. */
export const useNotes = () => useLive((live) => live.notes) ?? NO_NOTES
/** What waits for an answer of the user, oldest first. */
export const useAsks = () => useLive((live) => live.asks) ?? NO_ASKS
/** Newest first; older ones are paged by `events.list`. */
export const useEvents = () => useLive((live) => live.events) ?? []

/** What the user chose. Only below the loaded shell: before, nothing is known. */
export function useSettings(): Settings {
  const settings = useLive((live) => live.settings)
  if (settings === undefined) throw new Error('settings are read before the first snapshot')
  return settings
}

/** Shows the change at once and writes it; rejects when the engine refuses it, after showing the old value again. */
export async function writeSettings(partial: Partial<Settings>): Promise<void> {
  const before = live?.settings
  const show = (settings: Settings) => setLive(live && { ...live, settings })
  if (before) show({ ...before, ...partial })
  try {
    await api.settings.write(partial)
  } catch (error) {
    if (before) show(before)
    throw error
  }
}
