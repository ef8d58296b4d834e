import { EventPages } from '../../ui/event-pages.tsx'
import { Page, Scroll } from '../../ui/page.tsx'

/** Everything that happened. */
export function EventsPage() {
  return (
    <Page title="Events">
      <Scroll>
        <EventPages />
      </Scroll>
    </Page>
  )
}
