import {
  IconBan,
  IconCheck,
  IconClock,
  IconLoader2,
  IconPlayerPlay,
  IconPlugConnectedX,
  IconSend,
  IconTool,
  IconX,
} from '@tabler/icons-react'
import type { Job, JobState as State } from '../../shared/job.ts'
import { jobTones, jobWord } from '../data/job-words.ts'
import css from './job-state.module.css'

const icons: Record<State, typeof IconX> = {
  INIT: IconSend,
  PENDING: IconClock,
  SETTING_UP: IconTool,
  RUNNING: IconPlayerPlay,
  SUCCEEDED: IconCheck,
  FAILED: IconX,
  FAILED_SETUP: IconX,
  FAILED_DRIVER: IconPlugConnectedX,
  CANCELLED: IconBan,
}

type Props = { job: Pick<Job, 'state' | 'cancelledAt'>; short?: boolean }

/** The state of a job: shape, colour and word; SkyPilot's own name on hover. Short: the word is for whoever does not see the shape. */
export function JobState({ job, short = false }: Props) {
  const word = jobWord(job)
  const Icon = word === 'Cancelling' ? IconLoader2 : icons[job.state]
  if (short)
    return (
      <span className={css.state} data-tone={jobTones[job.state]} role="img" aria-label={word} title={word}>
        <Icon size={15} stroke={2} aria-hidden />
      </span>
    )
  return (
    <span className={css.state} data-tone={jobTones[job.state]} title={job.state}>
      <Icon size={15} stroke={2} aria-hidden />
      <span>{word}</span>
    </span>
  )
}
