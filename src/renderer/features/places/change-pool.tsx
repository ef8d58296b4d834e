import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { checkPlace } from '../../ui/check-place.ts'
import { LinkButton } from '../../ui/link-button.tsx'
import { Crumb, Page, Scroll } from '../../ui/page.tsx'
import { NoPool, usePool } from './no-pool.tsx'
import { PoolForm } from './pool-form.tsx'

const route = getRouteApi('/places/$placeId/change')

/** Changes the name and the machines of a pool. */
export function ChangePool() {
  const { placeId } = route.useParams()
  const pool = usePool(placeId)
  const go = useNavigate()
  if (!pool) return <NoPool />
  return (
    <Page
      title={`Change ${pool.name}`}
      lead={
        <>
          <Crumb />
          <h1>Change {pool.name}</h1>
        </>
      }
      actions={null}
    >
      <Scroll>
        <PoolForm
          before={pool}
          actions={
            <LinkButton to="/places/$placeId" params={{ placeId }} variant="subtle">
              Leave it as it is
            </LinkButton>
          }
          onSaved={() => {
            checkPlace(placeId)
            void go({ to: '/places/$placeId', params: { placeId } })
          }}
        />
      </Scroll>
    </Page>
  )
}
