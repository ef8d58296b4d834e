import { Button } from '@mantine/core'
import { IconCircleX, IconInfoCircle } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import type { JobRequest, WhenDone } from '../../../shared/job.ts'
import type { Task } from '../../../shared/task/task.ts'
import { usePlaces } from '../../data/live.ts'
import { api, toErrorData } from '../../rpc/connection.ts'
import { Card } from '../../ui/card.tsx'
import { ErrorBlock } from '../../ui/error-block.tsx'
import { nameProblem } from '../../ui/launch/name-problem.ts'
import { priceWords } from '../../ui/launch/launch-words.ts'
import { whyNot } from './fits.ts'
import { haveOfCluster, haveOfOffer, type Target } from './target.ts'
import css from './task.module.css'
import { Words } from './words.tsx'

type Props = {
  task: Task | undefined
  target: Target
  /** What is to be done before anything may run, as a sentence; null: nothing. */
  first: { words: string; wrong: boolean; go(): void } | null
  request(whenDone: WhenDone): JobRequest
}

const ENDS: { value: WhenDone; label: string; what: string }[] = [
  { value: 'keep', label: 'Keep the cluster', what: 'stays ready' },
  { value: 'stop', label: 'Stop it', what: 'its folder stays' },
  { value: 'terminate', label: 'Terminate it', what: 'only its log stays' },
]

/** What becomes of the cluster, what it costs, and the button that says what it does. */
export function RunCard({ task, target, first, request }: Props) {
  const go = useNavigate()
  const places = usePlaces()
  const { whenDone, asked, setWhenDone } = useWhenDone(task)
  const { launches, cluster, offer, place, name } = target
  const run = useMutation({
    mutationFn: async () => {
      const job = request(whenDone)
      if (!launches) return { jobId: (await api.jobs.submit({ clusterId: cluster!.id, job })).jobId }
      return { clusterId: (await api.clusters.launch({ placeId: place!.id, offerId: offer!.id, name, job })).clusterId }
    },
    onSuccess: (made) =>
      'jobId' in made
        ? go({ to: '/jobs/$jobId', params: { jobId: made.jobId! } })
        : go({ to: '/clusters/$clusterId/operation', params: { clusterId: made.clusterId! } }),
  })
  const have = launches
    ? offer && haveOfOffer(offer, place?.kind ?? '')
    : cluster && haveOfCluster(cluster, target.nodes[cluster.id] ?? [], places)
  const misfit = task && have ? whyNot(task, have) : null
  const cannot = !have
    ? launches
      ? 'Choose an offer first.'
      : 'Choose a cluster first.'
    : launches && nameProblem(name)
      ? 'Give the new cluster another name.'
      : misfit
        ? `It does not fit: ${misfit}.`
        : null
  const label = launches ? `Launch and run${offer ? priceWords(offer, 1).button : ''}` : `Run on ${cluster?.name ?? 'a cluster'}`
  return (
    <Card className={css.runCard}>
      <div className={css.ends}>
        <fieldset>
          <legend>When the run ends</legend>
          {ENDS.map(({ value, label: words, what }) => (
            <label key={value} className={css.end}>
              <input
                type="radio"
                name="when-done"
                className={css.radio}
                checked={whenDone === value}
                onChange={() => setWhenDone(value)}
              />
              <span>{words}</span>
              <small>{task?.autostop && value === asked ? 'as autostop asks, at once' : what}</small>
            </label>
          ))}
        </fieldset>
        <div className={css.sum}>
          <p>
            <span>
              {launches ? (offer ? `1 × ${offer.title}` : 'Nothing chosen yet') : (cluster?.name ?? 'Nothing chosen yet')}
            </span>
            <span>{launches && offer && offer.price_USDperHour === null ? 'your own' : ''}</span>
          </p>
          <p className={css.total}>
            <strong>{launches ? 'Per hour' : 'More per hour'}</strong>
            <strong className={css.price}>{launches ? (offer ? priceWords(offer, 1).sum : '–') : 'no cost'}</strong>
          </p>
        </div>
      </div>
      {run.error && <ErrorBlock error={toErrorData(run.error)} />}
      <Button
        variant="filled"
        fullWidth
        className={css.run}
        loading={run.isPending}
        disabled={!first && cannot !== null}
        onClick={() => (first ? first.go() : run.mutate())}
      >
        {label}
      </Button>
      <p className={css.first} role="status">
        {(first || cannot) && (
          <>
            {first && !first.wrong ? (
              <IconInfoCircle size={14} stroke={1.75} aria-hidden />
            ) : (
              <IconCircleX size={14} stroke={1.75} color="var(--failed)" aria-hidden />
            )}
            <span>
              <Words>{first?.words ?? cannot ?? ''}</Words>
            </span>
          </>
        )}
      </p>
    </Card>
  )
}

/** What the user chose; until then, what `autostop` of the file asks for, without its wait. */
function useWhenDone(task: Task | undefined) {
  const [chosen, choose] = useState<WhenDone | null>(null)
  const asked: WhenDone = task?.autostop ? (task.autostop.down ? 'terminate' : 'stop') : 'keep'
  useEffect(() => choose(null), [asked])
  return { whenDone: chosen ?? asked, asked, setWhenDone: choose }
}
