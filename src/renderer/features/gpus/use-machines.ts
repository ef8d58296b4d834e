import { useAllHealth, useAllNodes, useClusters, usePlaces } from '../../data/live.ts'
import { type Machine, machinesOf } from './gpu-rows.ts'

/** Every machine that is known now. */
export function useMachines(): Machine[] {
  const health = useAllHealth()
  const places = usePlaces().map(({ id, name }) => ({ name, machine: health[id]?.machine ?? null }))
  return machinesOf({ clusters: useClusters(), nodes: useAllNodes(), places })
}
