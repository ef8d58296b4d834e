import { Button, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconCheck, IconFileCode } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import type { Cluster } from '../../../shared/cluster.ts'
import type { Offer } from '../../../shared/offer.ts'
import type { Place } from '../../../shared/place.ts'
import { poolSpec } from '../../../shared/pool.ts'
import { useCluster, useClusters, usePlaces } from '../../data/live.ts'
import { hasEnded } from '../../data/words.ts'
import { api, toErrorData } from '../../rpc/connection.ts'
import { ErrorBlock } from '../../ui/error-block.tsx'
import { chosenOffers, type GpuWishes, wishesOf } from '../../ui/launch/choice.ts'
import { GpuMap } from '../../ui/launch/gpu-map.tsx'
import { clusterNameOf, freeName, priceWords } from '../../ui/launch/launch-words.ts'
import { nameProblem } from '../../ui/launch/name-problem.ts'
import { Offers } from '../../ui/launch/offers.tsx'
import { Places } from '../../ui/launch/places.tsx'
import { RayChoice, rayDraft, readRay } from '../../ui/launch/ray-choice.tsx'
import { LinkButton } from '../../ui/link-button.tsx'
import { Crumb, Page, Scroll } from '../../ui/page.tsx'
import css from './launch-page.module.css'
import { PlaceNow } from './place-now.tsx'
import { WhatWillHappen } from './what-will-happen.tsx'

const route = getRouteApi('/launch')

/** Chooses a name, a place and an offer, shows what it costs and what will happen, and launches. */
export function LaunchPage() {
  const go = useNavigate()
  const places = usePlaces()
  const { place: asked, like } = route.useSearch()
  const model = useCluster(like ?? '') ?? null
  const modelOffers = useOffersOf(model)
  const names = useClusters().flatMap((cluster) => (hasEnded(cluster) ? [] : cluster.name))
  const firstPlace = places.find(({ id }) => id === (model?.placeId ?? asked)) ?? places[0]
  const proposed = (place: Place | undefined) => freeName(names, model?.name ?? clusterNameOf(place))
  const form = useForm({
    initialValues: {
      name: proposed(firstPlace),
      placeId: firstPlace?.id ?? '',
      offerIds: [] as string[],
      gpus: (model ? gpusAsked(model) : {}) as GpuWishes,
      ray: rayDraft(model ? (model.ray?.wish ?? null) : undefined),
    },
    validate: { name: (name) => nameProblem(name) },
    validateInputOnChange: true,
  })
  // The first thing to say here: it can be typed over, and Enter launches.
  const nameField = useRef<HTMLInputElement>(null)
  useEffect(() => nameField.current?.select(), [])
  const { name, placeId, gpus } = form.values
  const offers = useQuery({
    queryKey: ['offers', placeId],
    queryFn: () => api.places.offers({ placeId }),
    enabled: placeId !== '',
    staleTime: 0,
  })
  const many = places.find(({ id }) => id === placeId)?.kind === 'ssh'
  const likeModel = placeId === model?.placeId
  const { wish, problems } = readRay(form.values.ray, many)
  const chosen = chosenOffers(
    offers.data ?? [],
    form.values.offerIds.length > 0 || !likeModel ? form.values.offerIds : modelOffers,
  )
  const [offer] = chosen
  const choosePlace = (id: string) => {
    // A name that nobody has typed goes with the place.
    const untouched = name === proposed(places.find((place) => place.id === placeId))
    form.setValues({
      placeId: id,
      offerIds: [],
      gpus: {},
      ...(untouched && { name: proposed(places.find((place) => place.id === id)) }),
    })
  }
  const choose = (id: string) => form.setFieldValue('offerIds', many ? toggled(chosen, id) : [id])
  const launch = useMutation({
    mutationFn: (head: Offer) =>
      api.clusters.launch({
        placeId,
        offerId: head.id,
        name,
        ray: wish,
        spec: many
          ? { hosts: chosen.map(({ id }) => id), gpus: wishesOf(chosen, gpus) }
          : { gpus: wishesOf(chosen, gpus)[head.id] },
      }),
    onSuccess: ({ clusterId }) => go({ to: '/clusters/$clusterId/operation', params: { clusterId } }),
    onError: (error) => {
      const data = toErrorData(error)
      if (data.code.startsWith('cluster.name')) form.setFieldError('name', [data.what, data.why].filter(Boolean).join('. '))
    },
  })
  const refused = launch.error ? toErrorData(launch.error) : null
  return (
    <Page
      title="Launch a cluster"
      lead={
        <>
          <Crumb />
          <h1>{model ? `Launch again like ${model.name}` : 'Launch a cluster'}</h1>
        </>
      }
      actions={
        <LinkButton to="/task" search={{ place: placeId }} leftSection={<IconFileCode size={15} stroke={1.75} />}>
          From task YAML
        </LinkButton>
      }
    >
      <Scroll>
        <form className={css.columns} onSubmit={form.onSubmit(() => offer && launch.mutate(offer))}>
          <div className={css.form}>
            <TextInput
              label="Name"
              ref={nameField}
              autoComplete="off"
              spellCheck={false}
              {...form.getInputProps('name')}
              rightSection={
                nameProblem(name) === null && <IconCheck size={16} color="var(--ready)" role="img" aria-label="not taken" />
              }
            />
            <Places places={places} value={placeId} onChange={choosePlace} />
            <RayChoice draft={form.values.ray} byDefault={many} onChange={(ray) => form.setFieldValue('ray', ray)} />
          </div>
          <div className={css.middle}>
            <Offers offers={offers} chosen={chosen} onChoose={choose} many={many} />
            <GpuMap
              offers={chosen}
              wishes={gpus}
              onWish={(offerId, wish) => form.setFieldValue('gpus', { ...gpus, [offerId]: wish })}
            />
            <PlaceNow placeId={placeId} />
          </div>
          <div className={css.side}>
            <WhatWillHappen placeId={placeId} offers={chosen} ray={wish !== null}>
              {refused && !refused.code.startsWith('cluster.name') && <ErrorBlock error={refused} />}
              <Button
                type="submit"
                variant="filled"
                fullWidth
                className={css.launch}
                disabled={!offer || nameProblem(name) !== null || Object.keys(problems).length > 0}
                loading={launch.isPending}
              >
                {offer ? `Launch${priceWords(offer, chosen.length).button}` : 'Launch'}
              </Button>
            </WhatWillHappen>
          </div>
        </form>
      </Scroll>
    </Page>
  )
}

/** One is always chosen: the last one stays. */
function toggled(chosen: readonly Offer[], id: string): string[] {
  const ids = chosen.map((offer) => offer.id)
  if (!ids.includes(id)) return [...ids, id]
  return ids.length === 1 ? ids : ids.filter((other) => other !== id)
}

/** The offers that a cluster was launched with, head first; empty until they are known. */
function useOffersOf(cluster: Cluster | null): string[] {
  const clusterId = cluster?.id ?? ''
  const operations = useQuery({
    queryKey: ['operations', clusterId],
    queryFn: () => api.operations.list({ clusterId }),
    enabled: cluster !== null,
  })
  const hosts = poolSpec.safeParse(cluster?.spec).data?.hosts ?? []
  if (hosts.length > 0) return hosts
  return (
    operations.data
      ?.find(({ kind }) => kind === 'launch')
      ?.candidates.slice(0, 1)
      .map(({ offerId }) => offerId) ?? []
  )
}

/** The GPUs that a cluster was launched with, by the offer that each is of. On one machine: of its only one. */
function gpusAsked({ spec }: Cluster): GpuWishes {
  const { gpus } = spec
  if (typeof gpus === 'number') return { 'this-machine': gpus }
  return poolSpec.safeParse(spec).data?.gpus ?? {}
}
