import type { Ask } from '../../../shared/ask.ts'
import { hostWords } from '../../../shared/pool.ts'
import { useAllHealth, usePlaces } from '../../data/live.ts'
import { poolHosts } from '../../data/place-words.ts'

/** What the user calls the machine that a question is about; its address where it has no other name. */
export function useMachineName({ about }: Ask): string {
  const places = usePlaces()
  const health = useAllHealth()
  for (const place of places)
    for (const host of poolHosts(place))
      if (health[place.id]?.hosts.some(({ hostId, address }) => hostId === host.id && address === about)) {
        const name = hostWords(host)
        return name === about ? about : `${name} (${about})`
      }
  return about
}
