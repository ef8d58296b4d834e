import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { type JobRunner, jobRunner } from '../../shared/job.ts'
import { openDatabase } from '../storage/database.ts'
import { saveJob } from '../storage/job-records.ts'
import { openLocalTransport } from '../transports/local/local-transport.ts'
import { createCancelling } from './cancelling.ts'
import { createJobBook } from './job-book.ts'
import { createRayStarter } from './ray-starter.ts'
import { createShellRunner } from './shell-runner.ts'
import { createShellStarter } from './shell-starter.ts'

test('a job whose nodes are gone: there is nobody to tell, and that fails nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'styx-cancelling-'))
  const { database: db } = openDatabase(folder)
  const resources = resolve('resources')
  const { signal } = new AbortController()
  const book = createJobBook({ db, installationId: 'i', transport: () => openLocalTransport() })
  const starters = { shell: createShellStarter(resources), ray: createRayStarter({ resources, cluster: () => null }) }
  const { tellNodes } = createCancelling({ book, runner: createShellRunner(resources), starters, signal })
  for (const [index, runner] of jobRunner.options.entries()) saveJob(db, runningOn('gone', runner, index + 1))
  expect([await tellNodes('none'), await tellNodes('shell')]).toEqual([true, true])
  expect(await tellNodes('ray')).toBe(false) // Ray may still hold it, and is asked again
  db.close()
  rmSync(folder, { recursive: true })
})

function runningOn(nodeId: string, runner: JobRunner, number: number): Parameters<typeof saveJob>[1] {
  const none = { setupAt: null, runAt: 2, endedAt: null }
  const ranks = [0, 1]
  return {
    job: {
      id: runner,
      clusterId: 'c',
      clusterName: 'lab',
      number,
      name: 'train',
      state: 'RUNNING',
      runner,
      gpusPerNode: null,
      ranks: ranks.map((rank) => ({ rank, nodeId, node: `worker ${rank}`, machineId: null, state: 'RUNNING', exitCode: null })),
      exitCode: null,
      error: null,
      failed: null,
      submittedBy: 'ann@desk',
      submittedAt: 1,
      ...none,
      cancelledAt: 3,
      whenDone: 'keep',
      logProblem: null,
    },
    work: {
      taskId: 't',
      envs: {},
      secrets: [],
      sent: true,
      begun: true,
      withLaunch: false,
      ranks: ranks.map((rank) => ({
        rank,
        state: 'RUNNING',
        ...none,
        kept: { out: 0, err: 0 },
        size: null,
        logged: false,
        why: null,
      })),
      closed: false,
      wasDone: false,
    },
    yaml: 'num_nodes: 2\nrun: sleep 600\n',
  }
}
