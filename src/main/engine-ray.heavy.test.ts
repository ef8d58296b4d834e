import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { holdRayLock, noRayToInstall, RAY_TURN_MS } from '../../e2e/substrate/ray.ts'
import { noSshd, type Sshd, startSshd } from '../../e2e/substrate/sshd.ts'
import { jobHasEnded } from '../shared/job.ts'
import { type EngineUnderTest, engineUnderTest, poolOf } from './engine-under-test.ts'

// Jobs by the Ray that the engine itself installs, on machines that are real sshds, each with a home folder of its own.

const reason = noSshd ?? noRayToInstall()

describe.skipIf(reason !== null)('jobs by Ray on SSH machines', { timeout: 280_000 }, () => {
  let hosts: Sshd[]
  let under: EngineUnderTest | undefined
  let letGo: () => void
  const client = () => under!.client()

  beforeAll(async () => {
    letGo = await holdRayLock()
    hosts = await Promise.all([startSshd(), startSshd()])
    under = await engineUnderTest(hosts)
  }, RAY_TURN_MS)
  afterAll(async () => {
    await under?.close() // it may not have come up
    await Promise.all(hosts.map((host) => host.stop()))
    if (under) rmSync(under.home, { recursive: true, force: true })
    letGo()
  }, 60_000)

  test('launched with Ray and a job over both: its ranks are right; a rank that fails, while Styx is away, ends the other', async () => {
    const place = await client().places.save({ name: 'Lab', hosts: poolOf(hosts) })
    const ids = (await client().places.offers({ placeId: place.id })).map(({ id }) => id)
    const { clusterId } = await client().clusters.launch({
      placeId: place.id,
      offerId: ids[0] as string,
      name: 'rays',
      spec: { hosts: ids },
      ray: { version: null, wheels: null },
      job: { yaml: 'num_nodes: 2\nrun: echo "rank $SKYPILOT_NODE_RANK of $STYX_HOST"\n' },
    })
    const ends = async (jobId: string) => {
      await vi.waitFor(async () => expect(jobHasEnded((await client().jobs.read({ jobId })).state)).toBe(true), 60_000)
      await vi.waitFor(
        async () => expect((await client().logs.info({ log: `job:${jobId}`, streams: null })).live).toBe(false),
        20_000,
      )
      const lines = await client().logs.lines({ log: `job:${jobId}`, streams: null, from: 0, count: 100 })
      return { job: await client().jobs.read({ jobId }), said: lines.map(({ text }) => text).sort() }
    }
    await vi.waitFor(async () => expect((await client().clusters.read({ clusterId })).state.is).toBe('ready'), 200_000)
    const [launched] = await client().jobs.list({ limit: 1 })
    const first = await ends(launched?.id ?? '')
    expect(first.job).toMatchObject({ state: 'SUCCEEDED', runner: 'ray' })
    expect(first.said).toEqual(hosts.map(({ port }, rank) => `rank ${rank} of ${port}`))

    const run = 'echo begun; [ $SKYPILOT_NODE_RANK = 0 ] && sleep 600; sleep 5; exit 4'
    const { jobId } = await client().jobs.submit({ clusterId, job: { yaml: `num_nodes: 2\nrun: ${run}\n` } })
    await vi.waitFor(async () => {
      const { ranks } = await client().jobs.read({ jobId })
      expect(ranks.map(({ state }) => state)).toEqual(['RUNNING', 'RUNNING'])
    }, 60_000)
    const exits = () =>
      readdirSync(join(hosts[0]!.home, '.styx-node'), { recursive: true }).filter((path) =>
        String(path).endsWith(`${jobId}/exit`),
      )
    await under!.reopen(() => vi.waitFor(() => expect(exits()).toHaveLength(1), 30_000))
    await ends(jobId)
    await vi.waitFor(async () =>
      expect(await client().jobs.read({ jobId })).toMatchObject({
        state: 'FAILED',
        exitCode: 4,
        failed: { rank: 1, lastLines: ['begun'] },
        error: { what: 'Rank 1 on worker 1 ended with exit code 4' },
      }),
    )

    await client().clusters.terminate({ clusterId })
    await vi.waitFor(async () => expect((await client().clusters.read({ clusterId })).state.is).toBe('terminated'), 60_000)
    for (const { home: there } of hosts) expect(readdirSync(there)).toEqual([])
  })
})

if (reason) test.skip(`jobs by Ray on SSH machines: ${reason}`)
