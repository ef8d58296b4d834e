import { useMemo, useRef } from 'react'

/** The same functions for ever, which do what the newest ones do: what is drawn with them is not drawn again because of them. */
export function useStable<T extends object>(actions: T): T {
  const latest = useRef(actions)
  latest.current = actions
  return useMemo(() => {
    const call =
      (key: keyof T) =>
      (...values: unknown[]) =>
        (latest.current[key] as (...values: unknown[]) => unknown)(...values)
    return Object.fromEntries(Object.keys(latest.current).map((key) => [key, call(key as keyof T)])) as T
  }, [])
}
