import { useEffect, useState } from 'react'
import type { MachineDetails } from '../../shared/machine.ts'
import { api, follow } from '../rpc/connection.ts'

/** Answers that come close together are shown together: with a hundred machines there is one every few milliseconds. */
const GATHER_MS = 500
/** They are asked for every 5 s while they are looked at: what is much older says nothing of now. */
const OLD_MS = 60_000

const NONE: ReadonlyMap<string, MachineDetails> = new Map()

/** What changes slowly on these machines, by machine, while the component is on the screen. What is not there is unknown. */
export function useDetails(machineIds: readonly string[]): ReadonlyMap<string, MachineDetails> {
  const [details, setDetails] = useState(NONE)
  const key = [...new Set(machineIds)].sort().join(' ')
  useEffect(() => {
    if (key === '') return
    const stop = new AbortController()
    const known = new Map<string, MachineDetails>()
    let timer: ReturnType<typeof setTimeout> | null = null
    const show = () => {
      timer = null
      const since = Date.now() - OLD_MS
      setDetails(new Map([...known].filter(([, { at }]) => at >= since)))
    }
    follow(
      (signal) => api.machines.details({ machineIds: key.split(' ') }, { signal }),
      (all) => {
        for (const one of all) known.set(one.machineId, one)
        timer ??= setTimeout(show, GATHER_MS)
      },
      stop.signal,
    )
    return () => {
      stop.abort()
      if (timer) clearTimeout(timer)
    }
  }, [key])
  return details
}
