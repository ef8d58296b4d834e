import { useClusters } from '../../data/live.ts'
import { hasEnded } from '../../data/words.ts'
import { Page } from '../../ui/page.tsx'
import { ClusterBoard } from './cluster-board.tsx'
import { FirstStart } from './first-start.tsx'

/** Everything at one glance: this machine while nothing else is there, later a card for each cluster. */
export function Board() {
  const clusters = useClusters()
  const nothing = clusters.every(hasEnded)
  return (
    <Page title="Board" quiet={nothing}>
      {nothing ? <FirstStart ended={clusters} /> : <ClusterBoard />}
    </Page>
  )
}
