import { Button, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconCheck, IconFileCode } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import type { Cluster } from '../../../shared/cluster.ts'
import type { Offer } from '../../../shared/offer.ts'
import { useCluster, useClusters, usePlaces } from '../../data/live.ts'
import { hasEnded } from '../../data/words.ts'
import { api, toErrorData } from '../../rpc/connection.ts'
import { ErrorBlock } from '../../ui/error-block.tsx'
import { chosenOffer, nameProblem } from '../../ui/launch/choice.ts'
import { freeName, priceWords } from '../../ui/launch/launch-words.ts'
import { Offers } from '../../ui/launch/offers.tsx'
import { Places } from '../../ui/launch/places.tsx'
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
  const modelOffer = useOfferOf(model)
  const names = useClusters().flatMap((cluster) => (hasEnded(cluster) ? [] : cluster.name))
  const form = useForm({
    initialValues: {
      name: freeName(names, model?.name),
      placeId: places.find(({ id }) => id === (model?.placeId ?? asked))?.id ?? places[0]?.id ?? '',
      offerId: '',
    },
    validate: { name: (name) => nameProblem(name) },
    validateInputOnChange: true,
  })
  // The first thing to say here: it can be typed over, and Enter launches.
  const nameField = useRef<HTMLInputElement>(null)
  useEffect(() => nameField.current?.select(), [])
  const { name, placeId } = form.values
  const offers = useQuery({
    queryKey: ['offers', placeId],
    queryFn: () => api.places.offers({ placeId }),
    enabled: placeId !== '',
    staleTime: 0,
  })
  const offer = chosenOffer(offers.data ?? [], form.values.offerId || (modelOffer ?? ''))
  const launch = useMutation({
    mutationFn: (chosen: Offer) =>
      api.clusters.launch({ placeId, offerId: chosen.id, name, spec: placeId === model?.placeId ? model.spec : {} }),
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
            <Places places={places} value={placeId} onChange={(id) => form.setValues({ placeId: id, offerId: '' })} />
          </div>
          <div className={css.middle}>
            <Offers offers={offers} chosen={offer} onChoose={(id) => form.setFieldValue('offerId', id)} />
            <PlaceNow placeId={placeId} />
          </div>
          <div className={css.side}>
            <WhatWillHappen placeId={placeId} offer={offer}>
              {refused && !refused.code.startsWith('cluster.name') && <ErrorBlock error={refused} />}
              <Button
                type="submit"
                variant="filled"
                fullWidth
                className={css.launch}
                disabled={!offer || nameProblem(name) !== null}
                loading={launch.isPending}
              >
                {offer ? `Launch${priceWords(offer, 1).button}` : 'Launch'}
              </Button>
            </WhatWillHappen>
          </div>
        </form>
      </Scroll>
    </Page>
  )
}

/** The offer that a cluster was launched with; undefined until it is known. */
function useOfferOf(cluster: Cluster | null): string | undefined {
  const clusterId = cluster?.id ?? ''
  const operations = useQuery({
    queryKey: ['operations', clusterId],
    queryFn: () => api.operations.list({ clusterId }),
    enabled: cluster !== null,
  })
  return operations.data?.find(({ kind }) => kind === 'launch')?.candidates[0]?.offerId
}
