import type { Job } from '../../../shared/job.ts'
import { jobHasEnded } from '../../../shared/job.ts'
import { exitWords, rankTone, rankWord } from '../../data/job-words.ts'
import { useNodes } from '../../data/live.ts'
import { StateDot } from '../../ui/state-dot.tsx'
import css from './job-ranks.module.css'

type Props = { job: Job; onLog(rank: number): void }

/** The ranks of a job on several nodes: where each is, how it stands, how it ended; a click shows its log alone. */
export function JobRanks({ job, onLog }: Props) {
  const nodes = useNodes(job.clusterId)
  const hostOf = (nodeId: string) => nodes.find(({ id }) => id === nodeId)?.facts?.hostname ?? ''
  const note = noteOf(job)
  return (
    <section className={css.ranks} aria-label="Ranks">
      <div className={css.scroll}>
        <table>
          <thead>
            <tr>
              <th scope="col">Rank</th>
              <th scope="col">Node</th>
              <th scope="col">State</th>
              <th scope="col">Exit</th>
            </tr>
          </thead>
          <tbody>
            {job.ranks.map((rank) => (
              <tr key={rank.rank} data-failed={job.failed?.rank === rank.rank || undefined}>
                <td>
                  <button type="button" onClick={() => onLog(rank.rank)} title="Show its log alone">
                    {rank.rank}
                  </button>
                </td>
                <td>
                  {rank.node} <small>{hostOf(rank.nodeId)}</small>
                </td>
                <td>
                  <StateDot tone={rankTone(rank.state)} /> {rankWord(rank.state, job)}
                </td>
                <td>{rank.exitCode === null ? '–' : exitWords(rank.exitCode)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {note && <p>{note}</p>}
    </section>
  )
}

/** What the user must know of how its ranks hold together, for as long as it matters. */
function noteOf({ runner, state, ranks }: Job): string | null {
  if (jobHasEnded(state)) return null
  const waits = ranks.some((rank) => rank.state === 'PENDING' || rank.state === 'HELD')
  if (runner === 'ray')
    return waits ? 'Ray begins all ranks together, as soon as each node has room; also while Styx is closed.' : null
  return waits
    ? 'Styx begins all ranks together, once it is the turn of each on its node. Ray does not run this job, so Styx must be open for that.'
    : 'If a rank fails, Styx stops the others. Ray does not run this job, so while Styx is closed they run on until it is open again.'
}
