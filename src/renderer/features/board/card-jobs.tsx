import { IconPlayerPlay } from '@tabler/icons-react'
import { jobDurationWords, jobWord } from '../../data/job-words.ts'
import { number } from '../../data/words.ts'
import { LiveText } from '../../ui/live-text.tsx'
import { PlainLink } from '../../ui/plain-link.tsx'
import css from './cluster-card.module.css'
import { type BoardItem, jobsOf } from './items.ts'

/** What runs on it, since when, and how many wait; nothing where nothing does. */
export function CardJobs({ item }: { item: BoardItem }) {
  const { running, waiting } = jobsOf(item)
  const [first] = running
  if (!first && waiting === 0) return null
  const waits = waiting > 0 && <span>{number(waiting)} wait</span>
  return (
    <div className={css.jobs}>
      <IconPlayerPlay size={15} stroke={1.75} aria-hidden />
      {first ? (
        <>
          <PlainLink to={`/jobs/${first.id}`} className={css.above} title={first.name}>
            {first.name}
          </PlainLink>
          {running.length > 1 && (
            <PlainLink to={`/clusters/${item.cluster.id}/jobs`} className={`${css.above} ${css.others}`}>
              and {number(running.length - 1)} more
            </PlainLink>
          )}
          {first.state === 'SETTING_UP' && <span>{jobWord(first).toLowerCase()}</span>}
          <LiveText read={() => jobDurationWords(first, Date.now())} />
          {waits}
        </>
      ) : (
        <PlainLink to={`/clusters/${item.cluster.id}/jobs`} className={css.above}>
          {number(waiting)} {waiting === 1 ? 'job waits' : 'jobs wait'}
        </PlainLink>
      )}
    </div>
  )
}
