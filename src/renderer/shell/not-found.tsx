import { IconMapOff } from '@tabler/icons-react'
import { Empty } from '../ui/empty.tsx'
import { LinkButton } from '../ui/link-button.tsx'
import { Page } from '../ui/page.tsx'

/** An address that names no view. */
export function NotFound() {
  return (
    <Page title="Not found">
      <Empty icon={IconMapOff} title="There is no such page" actions={<LinkButton to="/">Go to the board</LinkButton>}>
        The address may be of a view that comes with a later version, or mistyped.
      </Empty>
    </Page>
  )
}
