import type { Job } from '../../shared/job.ts'
import { shellWord } from '../../shared/shell-word.ts'

/** What a rank's folder is made of, by the names that job.sh knows. */
export type RankFiles = Record<string, string>

/** What the node keeps of one stream of a log before its older half goes, bytes. */
const LOG_CAP_BYTES = 2 * 1024 ** 3

export type RankScript = {
  job: Pick<Job, 'id' | 'gpusPerNode'> & { ranks: unknown[] }
  rank: number
  /** SkyPilot's id of the run. */
  taskId: string
  /** Of all ranks, in their order. */
  ips: string[]
  gpusOfNode: number
  /** Their numbers on the machine, where others hold some of it; null: it has all of them. */
  only: number[] | null
  /** What it waits for before it begins: see job.sh. */
  start: 'turn' | 'gang' | 'ray'
  /** Values of envs and secrets. */
  values: Record<string, string>
  setup: string | null
  run: string | null
}

/** The files of one rank. Pure. */
export function rankFiles(s: RankScript): RankFiles {
  const { job, rank } = s
  const environment = {
    ...s.values,
    PYTHONUNBUFFERED: '1',
    SKYPILOT_NODE_RANK: String(rank),
    SKYPILOT_NODE_IPS: s.ips.join('\n'),
    SKYPILOT_NUM_NODES: String(job.ranks.length),
    SKYPILOT_NUM_GPUS_PER_NODE: String(job.gpusPerNode ?? s.gpusOfNode),
    SKYPILOT_TASK_ID: s.taskId,
    STYX_JOB_ID: job.id,
  }
  const files: RankFiles = {
    plan: `${rank} ${job.gpusPerNode ?? 'all'} ${s.only ? `=${s.only.join(',')}` : s.gpusOfNode} ${LOG_CAP_BYTES} ${s.start}`,
    // `command`: a name that the shell keeps to itself (UID in bash) must not end it.
    env: Object.entries(environment)
      .map(([name, value]) => `command export ${name}=${shellWord(value)}`)
      .join('\n'),
    [`rank-${rank}.out`]: '',
    [`rank-${rank}.err`]: '',
  }
  if (s.setup !== null) files.setup = s.setup
  if (s.run !== null) files.run = s.run
  return files
}

/** Files as job.sh reads them from its stdin: `=NAME`, then each line behind a space; `=end` says that nothing is missing. */
export function packFiles(files: RankFiles): string {
  const packed = Object.entries({ ...files, end: 'end' }).map(([name, text]) =>
    [
      `=${name}`,
      ...(text === ''
        ? []
        : text
            .replace(/\n$/, '')
            .split('\n')
            .map((line) => ` ${line}`)),
    ].join('\n'),
  )
  return `${packed.join('\n')}\n`
}

/** SkyPilot's form: `sky-2026-11-25-02-46-32-697000_CLUSTER_NUMBER`. */
export function skyTaskId(clusterName: string, number: number, at: Date): string {
  const [day, time] = at.toISOString().replace('Z', '000').split('T') as [string, string]
  return `sky-${day}-${time.replaceAll(/[:.]/g, '-')}_${clusterName}_${number}`
}
