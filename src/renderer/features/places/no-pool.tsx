import { IconServerOff } from '@tabler/icons-react'
import type { Place } from '../../../shared/place.ts'
import { usePlaces } from '../../data/live.ts'
import { Empty } from '../../ui/empty.tsx'
import { LinkButton } from '../../ui/link-button.tsx'
import { Page } from '../../ui/page.tsx'

/** The pool with this id; undefined where there is none. */
export const usePool = (placeId: string): Place | undefined =>
  usePlaces().find(({ id, kind }) => id === placeId && kind === 'ssh')

/** What stands where a pool should be. */
export function NoPool() {
  return (
    <Page title="Not found">
      <Empty icon={IconServerOff} title="There is no such pool" actions={<LinkButton to="/">Go to the board</LinkButton>}>
        It was removed, or the address is mistyped.
      </Empty>
    </Page>
  )
}
