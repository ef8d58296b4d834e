import { EventPages } from '../../ui/event-pages.tsx'
import { Page } from '../../ui/page.tsx'

/** Everything that happened. */
export function EventsPage() {
  return (
    <Page title="Events">
      <EventPages />
    </Page>
  )
}
