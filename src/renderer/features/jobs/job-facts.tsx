import type { ReactNode } from 'react'
import { heldGpus } from '../../../shared/holders.ts'
import { type Job, jobHasEnded } from '../../../shared/job.ts'
import { begunAt, exitRank, exitWords, isBadExit, jobDuration, waitsWords } from '../../data/job-words.ts'
import { useJobs, useNodes } from '../../data/live.ts'
import { durationWords, elapsedWords, fullTime, useNow, whenExactly } from '../../data/time.ts'
import { count, gpuName } from '../../data/words.ts'
import { Ago } from '../../ui/ago.tsx'
import css from './job-page.module.css'

/** What is known of the job, in a line; what is not known is not there. */
export function JobFacts({ job }: { job: Job }) {
  const now = useNow()
  const all = useJobs()
  const ended = jobHasEnded(job.state)
  const begun = begunAt(job)
  const worked = jobDuration(job, now)
  const waits = waitsWords(job, all)
  const gpus = useGpuWords(job)
  return (
    <dl className={css.facts}>
      {waits && <Fact name="Queue" value={waits} />}
      {begun === null
        ? !ended && <Fact name="Waiting for" value={elapsedWords(now - job.submittedAt)} />
        : worked !== null && (
            <Fact
              name={ended ? 'Took' : job.state === 'SETTING_UP' ? 'Setting up for' : 'Running for'}
              value={ended ? durationWords(worked) : elapsedWords(now - (job.runAt ?? begun))}
            />
          )}
      {job.setupAt !== null && job.runAt !== null && <Fact name="Setup took" value={durationWords(job.runAt - job.setupAt)} />}
      <Fact
        name="Exit"
        value={job.exitCode !== null ? `${exitWords(job.exitCode)} ${exitRank(job)}` : ended ? 'none' : 'not yet'}
        bad={isBadExit(job)}
      />
      {gpus && <Fact name="GPUs" value={gpus} />}
      {job.ranks.length > 1 && <Fact name="Runs on" value={count(job.ranks.length, 'node')} />}
      <Fact
        name="Submitted"
        value={
          <span title={fullTime(job.submittedAt)}>
            {whenExactly(job.submittedAt, now)} by {job.submittedBy}
          </span>
        }
      />
      {job.endedAt !== null && <Fact name="Ended" value={<Ago at={job.endedAt} />} />}
      {job.whenDone !== 'keep' && (
        <Fact name="When it has ended" value={`${job.clusterName} is ${job.whenDone === 'stop' ? 'stopped' : 'terminated'}`} />
      )}
    </dl>
  )
}

function Fact({ name, value, bad = false }: { name: string; value: ReactNode; bad?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd data-bad={bad || undefined}>{value}</dd>
    </div>
  )
}

/** "8 × H100 80 GB": what it holds, where that is known and not none. */
function useGpuWords(job: Job): string | null {
  const nodes = useNodes(job.clusterId)
  const gpus = job.ranks.map(({ nodeId }) => nodes.filter(({ id }) => id === nodeId).flatMap(heldGpus))
  const gpu = gpus.flat()[0]
  if (!gpu) return null
  const held = gpus.reduce((sum, one) => sum + (job.gpusPerNode ?? one.length), 0)
  return held === 0 ? 'none' : `${held} × ${gpuName(gpu.name)}`
}
