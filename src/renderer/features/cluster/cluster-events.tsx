import { EventPages } from '../../ui/event-pages.tsx'
import { Scroll } from '../../ui/page.tsx'
import { useShownCluster } from './cluster-page.tsx'

/** Everything that happened to the cluster. */
export function ClusterEvents() {
  return (
    <Scroll>
      <EventPages clusterId={useShownCluster().id} />
    </Scroll>
  )
}
