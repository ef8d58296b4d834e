import { useSyncExternalStore } from 'react'

// The moment that the pointer is at, on whichever chart: all of them and the head of the page show it.
let pointed: number | null = null
const listeners = new Set<() => void>()

/** Epoch ms; null: the pointer is on no chart. */
export function setPointed(at: number | null): void {
  if (at === pointed) return
  pointed = at
  for (const listener of listeners) listener()
}

/** The moment that the pointer is at, epoch ms; null when it is on no chart. */
export const usePointed = (): number | null =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => pointed,
  )
