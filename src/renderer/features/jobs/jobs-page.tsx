import { IconPlayerPlay } from '@tabler/icons-react'
import { getRouteApi } from '@tanstack/react-router'
import { LinkButton } from '../../ui/link-button.tsx'
import { Page } from '../../ui/page.tsx'
import { JobBoard } from './job-board.tsx'
import { readShown, writtenShown } from './jobs-search.ts'

const route = getRouteApi('/jobs')

/** All jobs of all clusters. */
export function JobsPage() {
  const shown = readShown(route.useSearch())
  const go = route.useNavigate()
  return (
    <Page title="Jobs">
      <JobBoard
        clusterId={null}
        shown={shown}
        onShow={(next) => go({ to: '.', search: writtenShown(next), replace: true })}
        start={<Run />}
      />
    </Page>
  )
}

const Run = () => (
  <LinkButton to="/task" variant="filled" leftSection={<IconPlayerPlay size={15} />}>
    Write a task
  </LinkButton>
)
