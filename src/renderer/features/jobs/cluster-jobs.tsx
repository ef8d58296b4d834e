import { IconPlayerPlay } from '@tabler/icons-react'
import { getRouteApi } from '@tanstack/react-router'
import { LinkButton } from '../../ui/link-button.tsx'
import { JobBoard } from './job-board.tsx'
import { readShown, writtenShown } from './jobs-search.ts'

const route = getRouteApi('/clusters/$clusterId/jobs')

/** The jobs of one cluster: a tab of its page. */
export function ClusterJobs() {
  const { clusterId } = route.useParams()
  const go = route.useNavigate()
  return (
    <JobBoard
      clusterId={clusterId}
      shown={readShown(route.useSearch())}
      onShow={(next) => go({ to: '.', search: writtenShown(next), replace: true })}
      start={
        <LinkButton to="/task" search={{ cluster: clusterId }} variant="filled" leftSection={<IconPlayerPlay size={15} />}>
          Write a task
        </LinkButton>
      }
    />
  )
}
