import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { Job } from '../../shared/job.ts'
import { openLocalTransport } from '../transports/local/local-transport.ts'
import { gangConformance } from './conformance-many.ts'
import { makeNodes } from './gang-under-test.ts'
import { rankFiles } from './job-script.ts'
import { createShellRunner } from './shell-runner.ts'
import { createShellStarter } from './shell-starter.ts'

const resources = resolve('resources')

gangConformance('without Ray', async () => {
  const home = await mkdtemp(join(tmpdir(), 'styx-gang-home-'))
  return {
    ...(await makeNodes(home)),
    runner: 'shell',
    ray: null,
    starter: () => createShellStarter(resources),
    close: () => rm(home, { recursive: true, force: true }),
  }
})

test('ranks that were told and have ended, of which that is not heard yet: it is no failure, and none is told', async () => {
  const home = await mkdtemp(join(tmpdir(), 'styx-gang-home-'))
  const { signal } = new AbortController()
  const { nodes, installationId, clusterId } = await makeNodes(home)
  const realHome = process.env.HOME
  process.env.HOME = home
  const transport = openLocalTransport()
  const at = nodes.map(({ id }) => ({ installationId, clusterId, nodeId: id, transport, isHere: true }))
  const job = { id: 'job', gpusPerNode: null, ranks: nodes.map((_, rank) => ({ rank, state: 'HELD' })) } as unknown as Job
  const starter = createShellStarter(resources)
  try {
    for (const [rank, node] of at.entries()) {
      const none = { gpusOfNode: 0, only: null, values: {}, setup: null }
      const files = rankFiles({
        job,
        rank,
        taskId: '',
        ips: [],
        start: 'gang',
        run: '[ $SKYPILOT_NODE_RANK != 0 ] || exit 3',
        ...none,
      })
      await createShellRunner(resources).submit(node, job.id, files, signal)
    }
    expect(await starter.begin(job, at, signal)).toBe(true)
    const ended = () => nodes.every(({ folder }) => existsSync(join(folder, 'jobs', job.id, 'exit')))
    await vi.waitFor(() => expect(ended()).toBe(true), 15_000)
    expect(await starter.begin(job, at, signal)).toBe(false)
  } finally {
    process.env.HOME = realHome
    await transport.close()
    await rm(home, { recursive: true, force: true })
  }
})
