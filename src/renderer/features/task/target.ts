import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Cluster, isUsable } from '../../../shared/cluster.ts'
import { heldFacts } from '../../../shared/holders.ts'
import type { Node } from '../../../shared/node.ts'
import { freeGpus, type Offer } from '../../../shared/offer.ts'
import { useAllNodes, useClusters, usePlaces } from '../../data/live.ts'
import { hasEnded } from '../../data/words.ts'
import { api } from '../../rpc/connection.ts'
import { chosenOffer } from '../../ui/launch/choice.ts'
import { freeName } from '../../ui/launch/launch-words.ts'
import type { Have } from './fits.ts'

/** Where the task is to run: on a cluster that is ready, or on a new one. */
export type Target = ReturnType<typeof useTarget>

export function useTarget(asked: { cluster?: string; place?: string }) {
  const places = usePlaces()
  const clusters = useClusters()
  const nodes = useAllNodes()
  const ready = clusters.filter((one) => one.state.is !== 'degraded' && isUsable(one, nodes[one.id] ?? []))
  const [isNew, setNew] = useState<boolean | null>(asked.place === undefined ? null : true)
  const [clusterId, setCluster] = useState(asked.cluster ?? '')
  const [placeId, setPlace] = useState(asked.place ?? places[0]?.id ?? '')
  const [offerId, setOffer] = useState('')
  const [typedName, setName] = useState<string | null>(null)
  const launches = ready.length === 0 || (isNew ?? false)
  const offers = useQuery({
    queryKey: ['offers', placeId],
    queryFn: () => api.places.offers({ placeId }),
    enabled: launches && placeId !== '',
    staleTime: 0,
  })
  const place = places.find(({ id }) => id === placeId)
  // One that was asked for and is not ready is not silently another one.
  const cluster = clusterId === '' ? ready[0] : ready.find(({ id }) => id === clusterId)
  return {
    launches,
    setLaunches: setNew,
    ready,
    nodes,
    cluster,
    setCluster,
    places,
    place,
    setPlace: (id: string) => {
      setPlace(id)
      setOffer('')
    },
    offers,
    offer: chosenOffer(offers.data ?? [], offerId),
    setOffer,
    name: typedName ?? freeName(clusters.flatMap((one) => (hasEnded(one) ? [] : one.name))),
    setName,
  }
}

/** What a cluster has: of its nodes, the least. */
export function haveOfCluster(cluster: Cluster, nodes: Node[], places: { id: string; kind: string }[]): Have {
  const facts = nodes.flatMap((node) => (node.facts ? heldFacts(node.facts, node.gpus) : []))
  const least = (numbers: (number | null)[]) =>
    numbers.includes(null) || numbers.length === 0 ? null : Math.min(...(numbers as number[]))
  return {
    kind: places.find(({ id }) => id === cluster.placeId)?.kind ?? '',
    nodes: nodes.length,
    gpuCount: least(facts.map(({ gpus }) => gpus.length)) ?? 0,
    gpuName: facts[0]?.gpus[0]?.name ?? null,
    cores: least(facts.map(({ cores }) => cores)),
    memory_MiB: least(facts.map(({ memory_MiB }) => memory_MiB)),
  }
}

/** What an offer has, on one node. */
export const haveOfOffer = (offer: Offer, kind: string): Have => ({
  kind,
  nodes: 1,
  gpuCount: freeGpus(offer),
  gpuName: offer.gpuName,
  cores: offer.cores,
  memory_MiB: offer.memory_MiB,
})
