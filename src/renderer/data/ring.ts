/** The last items of a series in order of time, at most `keep_ms` old against the newest. */
export type Ring<T extends { at: number }> = {
  /** Ignores what is not newer than the newest: a stream that is opened again repeats the last minutes. */
  push(item: T): void
  /** Oldest first. Not a copy: read it, keep nothing of it. */
  items(): readonly T[]
  last(): T | undefined
  /** Keeps more, or forgets what is older from now on. */
  keep(keep_ms: number): void
}

/** A new {@link Ring}. */
export function createRing<T extends { at: number }>(keep_ms: number): Ring<T> {
  let items: T[] = []
  let kept_ms = keep_ms
  const trim = () => {
    const oldest = (items.at(-1)?.at ?? 0) - kept_ms
    const first = items.findIndex(({ at }) => at >= oldest)
    if (first > 0) items = items.slice(first)
  }
  return {
    push: (item) => {
      const last = items.at(-1)
      if (last && item.at <= last.at) return
      items.push(item)
      trim()
    },
    items: () => items,
    last: () => items.at(-1),
    keep: (ms) => {
      kept_ms = ms
      trim()
    },
  }
}
