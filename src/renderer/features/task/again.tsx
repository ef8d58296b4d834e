import { Button, Menu } from '@mantine/core'
import { IconHistory } from '@tabler/icons-react'
import { useJobs } from '../../data/live.ts'
import { Ago } from '../../ui/ago.tsx'
import css from './task.module.css'

const SHOWN = 12

/** Begins from a job that was run before. */
export function AgainLike({ onChoose }: { onChoose(jobId: string): void }) {
  const jobs = useJobs().slice(0, SHOWN)
  if (jobs.length === 0) return null
  return (
    <Menu>
      <Menu.Target>
        <Button leftSection={<IconHistory size={15} stroke={1.75} />}>Again like…</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {jobs.map((job) => (
          <Menu.Item key={job.id} onClick={() => onChoose(job.id)}>
            <span className={css.againItem}>
              {job.name}
              <small>
                {job.clusterName} · <Ago at={job.submittedAt} />
              </small>
            </span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
