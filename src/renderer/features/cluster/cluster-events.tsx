import { EventPages } from '../../ui/event-pages.tsx'
import { useShownCluster } from './cluster-page.tsx'

/** Everything that happened to the cluster. */
export function ClusterEvents() {
  const { id } = useShownCluster()
  return <EventPages key={id} clusterId={id} />
}
