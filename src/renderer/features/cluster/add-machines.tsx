import { Button } from '@mantine/core'
import { modals } from '@mantine/modals'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Cluster } from '../../../shared/cluster.ts'
import { useNodes } from '../../data/live.ts'
import { count } from '../../data/words.ts'
import { api, toErrorData } from '../../rpc/connection.ts'
import confirmCss from '../../ui/confirm.module.css'
import { ErrorBlock } from '../../ui/error-block.tsx'
import { type GpuWishes, offersOf, wishesOf } from '../../ui/launch/choice.ts'
import { GpuMap } from '../../ui/launch/gpu-map.tsx'
import { Offers } from '../../ui/launch/offers.tsx'
import css from './add-machines.module.css'

/** Asks which machines of its place come to a cluster. */
export function askAddMachines(cluster: Cluster): void {
  const id = modals.open({
    title: `Add machines to ${cluster.name}`,
    size: 760,
    children: <AddMachines cluster={cluster} close={() => modals.close(id)} />,
  })
}

function AddMachines({ cluster: { id: clusterId, placeId, name, ray }, close }: { cluster: Cluster; close(): void }) {
  const nodes = useNodes(clusterId)
  const [ids, setIds] = useState<string[]>([])
  const [wishes, setWishes] = useState<GpuWishes>({})
  const offers = useQuery({
    queryKey: ['offers', placeId],
    queryFn: () => api.places.offers({ placeId }),
    staleTime: 0,
    select: (all) => all.filter(({ id }) => !nodes.some(({ externalId }) => externalId === id)),
  })
  const chosen = offersOf(offers.data ?? [], ids)
  const asked = wishesOf(chosen, wishes)
  const add = useMutation({
    mutationFn: () =>
      api.clusters.addNodes({ clusterId, machines: chosen.map(({ id }) => ({ offerId: id, gpus: asked[id] ?? null })) }),
    onSuccess: close,
  })
  const toggle = (id: string) => setIds(ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id])
  return (
    <div className={css.add}>
      <p>
        {name} stays usable meanwhile. What goes wrong is taken back, and the cluster goes on as it is.
        {ray && ' Ray is installed there and joins the one that runs.'}
      </p>
      {offers.data?.length === 0 ? (
        <p>All machines of this pool are in it. Add another one to the pool first.</p>
      ) : (
        <Offers offers={offers} chosen={chosen} onChoose={toggle} many ofMore />
      )}
      <GpuMap offers={chosen} wishes={wishes} onWish={(id, gpus) => setWishes({ ...wishes, [id]: gpus })} />
      {add.error && <ErrorBlock error={toErrorData(add.error)} />}
      <div className={confirmCss.buttons}>
        <Button variant="subtle" onClick={close}>
          Leave it
        </Button>
        <Button variant="filled" disabled={chosen.length === 0} loading={add.isPending} onClick={() => add.mutate()}>
          {chosen.length === 0 ? 'Add machines' : `Add ${count(chosen.length, 'machine')}`}
        </Button>
      </div>
    </div>
  )
}
