import { useNavigate } from '@tanstack/react-router'
import { LinkButton } from '../../ui/link-button.tsx'
import { Crumb, Page, Scroll } from '../../ui/page.tsx'
import { checkPlace } from '../../ui/check-place.ts'
import { PoolForm } from './pool-form.tsx'

/** Makes a pool of machines that are reached over SSH. Nobody is contacted before it is saved. */
export function AddMachines() {
  const go = useNavigate()
  return (
    <Page
      title="Add machines"
      lead={
        <>
          <Crumb />
          <h1>Add machines</h1>
        </>
      }
      actions={null}
    >
      <Scroll>
        <PoolForm
          before={null}
          actions={
            <LinkButton to="/" variant="subtle">
              Not now
            </LinkButton>
          }
          onSaved={({ id }) => {
            checkPlace(id)
            void go({ to: '/places/$placeId', params: { placeId: id } })
          }}
        />
      </Scroll>
    </Page>
  )
}
