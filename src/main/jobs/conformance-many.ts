import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { carriersOf, commandLines } from '../../../e2e/substrate/processes.ts'
import { RAY_TURN_MS } from '../../../e2e/substrate/ray.ts'
import { type Job, jobHasEnded } from '../../shared/job.ts'
import type { Ray } from '../../shared/ray.ts'
import { type RayOnNode, rayOnNode } from '../ray/on-node.ts'
import { GPUS, type GangUnderTest, NODES, startJobs, writeCluster } from './gang-under-test.ts'
import type { Jobs } from './jobs.ts'

/** What every way to begin jobs must do where they have several nodes: with whole lives of jobs, over a database and a store of logs. */
export function gangConformance(name: string, open: () => Promise<GangUnderTest>): void {
  describe(`${name}: jobs over many nodes`, { timeout: 120_000 }, () => {
    let under: GangUnderTest
    let stateFolder: string
    let engine: ReturnType<typeof startJobs>
    let jobs: Jobs
    let realHome: string | undefined

    beforeAll(async () => {
      realHome = process.env.HOME
      under = await open()
      process.env.HOME = under.home
    }, RAY_TURN_MS)
    afterAll(async () => {
      process.env.HOME = realHome
      await under?.close() // it may not have come up
    }, 60_000)
    beforeEach(async () => {
      stateFolder = mkdtempSync(join(tmpdir(), 'styx-gang-'))
      writeCluster(under, stateFolder)
      engine = startJobs(under, stateFolder)
      jobs = engine.jobs
    })
    afterEach(async () => {
      for (const { id, state } of jobs.list({ limit: 100 })) if (!jobHasEnded(state)) await jobs.cancel(id)
      await vi.waitFor(() => expect(jobs.list({ limit: 100 }).every(({ state }) => jobHasEnded(state))).toBe(true), 30_000)
      expect(carriers()).toEqual([])
      await engine.close()
      rmSync(stateFolder, { recursive: true, force: true })
      for (const { folder } of under.nodes) rmSync(join(folder, 'workdir'), { recursive: true, force: true })
    }, 60_000)

    const reopen = async (away: () => Promise<void>) => {
      await engine.close()
      try {
        await away()
      } finally {
        engine = startJobs(under, stateFolder)
        jobs = engine.jobs
      }
    }
    const folderOf = (node: number) => under.nodes[node]?.folder as string
    const submit = async (run: string, numNodes = NODES, more = ''): Promise<string> => {
      const yaml = `${more}num_nodes: ${numNodes}\nrun: |\n${run.replace(/^/gm, '  ')}\n`
      return (await jobs.submit(under.clusterId, { yaml })).jobId
    }
    const reaches = async (id: string, ...states: Job['state'][]): Promise<Job> => {
      await vi.waitFor(() => expect(states).toContain(jobs.read(id).state), { timeout: 60_000, interval: 20 })
      return jobs.read(id)
    }
    const ends = async (id: string): Promise<Job> => {
      await vi.waitFor(() => expect(jobHasEnded(jobs.read(id).state), JSON.stringify(jobs.read(id))).toBe(true), 60_000)
      await vi.waitFor(() => expect(engine.isClosed(id)).toBe(true), 20_000)
      return jobs.read(id)
    }
    /** One that runs on some nodes only is still being told to begin on the others. */
    const runs = (id: string) =>
      vi.waitFor(() => expect(jobs.read(id).ranks.every(({ state }) => state === 'RUNNING')).toBe(true), 60_000)
    const held = (id: string) =>
      vi.waitFor(() => expect(jobs.read(id).ranks.some(({ state }) => state === 'HELD')).toBe(true), 30_000)
    const texts = async (id: string, rank: number) =>
      (await engine.lines(id)).flatMap(({ stream, text }) => (stream === `r${rank}.out` ? [text] : []))
    const go = (node: number, file: string) => writeFileSync(join(folderOf(node), 'workdir', file), '')
    const carriers = () => carriersOf('STYX_JOB_ID=', `HOME=${under.home}\0`)

    /** Ray's own interface of jobs, as any tool but a browser asks it. */
    const askRay = async (path: string, method = 'GET') => {
      const { jobsUrl, tokenFile } = rayOnNode(under.ray as Ray, under.nodes[0]?.id ?? '') as RayOnNode
      const headers = { authorization: `Bearer ${readFileSync(tokenFile, 'utf8')}` }
      const answer = await new Promise<IncomingMessage>((resolve, reject) =>
        request(`${jobsUrl}${path}`, { method, headers }, resolve).on('error', reject).end(),
      )
      return { status: answer.statusCode, text: await text(answer) }
    }

    test('each rank on a node of its own, with its number and all addresses in order; its log apart', async () => {
      const id = await submit('echo $SKYPILOT_NODE_RANK of $SKYPILOT_NUM_NODES: $SKYPILOT_NODE_IPS; pwd; echo err >&2')
      const job = await ends(id)
      expect(job).toMatchObject({ state: 'SUCCEEDED', exitCode: 0, error: null, failed: null, runner: under.runner })
      expect(job.ranks.map(({ rank, node, state, exitCode }) => [rank, node, state, exitCode])).toEqual([
        [0, 'head', 'SUCCEEDED', 0],
        [1, 'worker 1', 'SUCCEEDED', 0],
        [2, 'worker 2', 'SUCCEEDED', 0],
      ])
      const ips = under.nodes.map(({ innerIp }) => innerIp).join(' ')
      for (const rank of [0, 1, 2])
        expect(await texts(id, rank)).toEqual([`${rank} of ${NODES}: ${ips}`, join(folderOf(rank), 'workdir')])
    })

    test('all ranks or none: no rank begins while another waits; jobs on one node in between break nothing', async () => {
      const first = await submit('while [ ! -e go ]; do sleep 0.05; done', 1)
      await reaches(first, 'RUNNING')
      // Each waits for the others: ranks that did not run at once would not end.
      const there = '~/there-$STYX_JOB_ID'
      const gang = await submit(
        `date +%s%N\ntouch ${there}-$SKYPILOT_NODE_RANK\nuntil [ $(ls ${there}-* | wc -l) = ${NODES} ]; do sleep 0.05; done\ndate +%s%N`,
      )
      const between = await submit('true', 1)
      const second = await submit('true')
      await held(gang)
      await sleep(3_000)
      expect(jobs.read(gang)).toMatchObject({ state: 'PENDING', setupAt: null, runAt: null })
      go(jobs.read(first).ranks[0]?.node === 'head' ? 0 : 1, 'go')
      for (const id of [first, gang, between, second]) expect((await ends(id)).state).toBe('SUCCEEDED')
      const times = await Promise.all([0, 1, 2].map((rank) => texts(gang, rank)))
      const begun = times.map(([from]) => Number(from) / 1e6)
      const ended = times.map(([, to]) => Number(to) / 1e6)
      expect(Math.max(...begun)).toBeLessThan(Math.min(...ended)) // all at once
    })

    test('several at once, of two and of three nodes: each comes to its end, and none runs beside another on a node', async () => {
      const run = 'mkdir taken || exit 9\nsleep 0.3\nrmdir taken'
      const ids: string[] = []
      for (const numNodes of [3, 2, 3, 1, 2]) ids.push(await submit(run, numNodes))
      for (const id of ids) expect((await ends(id)).state, JSON.stringify(jobs.read(id))).toBe('SUCCEEDED')
    })

    test('a failed rank: the others are ended, the job says which it was, with its last lines', async () => {
      const id = await submit(
        'echo begun\n[ $SKYPILOT_NODE_RANK != 1 ] || { sleep 1; printf "\\033[31mno\\033[0m\\nmemory" >&2; exit 7; }\n(setsid sleep 600 &)\nsleep 600',
      )
      const job = await ends(id)
      expect(job).toMatchObject({
        state: 'FAILED',
        exitCode: 7,
        error: { code: 'job.rank-failed', what: 'Rank 1 on worker 1 ended with exit code 7' },
        failed: { rank: 1, lastLines: ['begun', 'no', 'memory'] },
      })
      expect(job.ranks.map(({ state }) => state)).toEqual(['CANCELLED', 'FAILED', 'CANCELLED'])
      expect(carriers()).toEqual([])
      expect(engine.events()[0]).toMatch(/^Job 1 failed: Rank 1 on worker 1 ended with exit code 7/)
    })

    test('a setup that fails on one: the run of the others is ended', async () => {
      const id = await submit('sleep 600', NODES, 'setup: "[ $SKYPILOT_NODE_RANK != 2 ]"\n')
      expect(await ends(id)).toMatchObject({
        state: 'FAILED_SETUP',
        exitCode: 1,
        error: { what: 'The setup of rank 2 on worker 2 ended with exit code 1' },
      })
    })

    test('a wrapper that was killed takes the others with it', async () => {
      const id = await submit('sleep 600')
      await reaches(id, 'RUNNING')
      const pid = Number(readFileSync(join(folderOf(2), 'jobs', id, 'pid'), 'utf8').split(' ')[0])
      process.kill(pid, 'SIGKILL')
      expect(await ends(id)).toMatchObject({
        state: 'FAILED_DRIVER',
        error: { code: 'job.killed', what: 'Rank 2 on worker 2 was lost' },
        failed: { rank: 2 },
      })
    })

    test('values of secrets are in the environment of its ranks, and nowhere near who places them', async () => {
      const secret = `s3cret-${Math.random()}`
      const yaml = `num_nodes: ${NODES}\nsecrets: {TOKEN: null}\nrun: |\n  printf %s "$TOKEN" | wc -c\n  sleep 600\n`
      const { jobId } = await jobs.submit(under.clusterId, { yaml, secrets: { TOKEN: secret } })
      await vi.waitFor(
        async () => expect((await engine.lines(jobId)).map(({ text }) => text)).toEqual(Array(NODES).fill(String(secret.length))),
        60_000,
      )
      expect(commandLines().filter((command) => command.includes(secret))).toEqual([])
      const files = readdirSync(under.home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      const holding = files.filter((file) => readFileSync(join(file.parentPath, file.name), 'latin1').includes(secret))
      expect(holding.map(({ name }) => name)).toEqual([])
      if (under.ray) expect((await askRay('/api/jobs/')).text).not.toContain(secret)
    })

    test('cancelled while it waits: it never begins, and the next does', async () => {
      const first = await submit('while [ ! -e go ]; do sleep 0.05; done', 1)
      const gang = await submit('echo never')
      await held(gang)
      const next = await submit('true')
      await jobs.cancel(gang)
      expect(await ends(gang)).toMatchObject({ state: 'CANCELLED', runAt: null, exitCode: null })
      await jobs.cancel(first)
      expect((await ends(next)).state).toBe('SUCCEEDED')
      expect(await engine.lines(gang)).toEqual([])
    })

    test('cancelled while it runs: all of it is ended', async () => {
      const id = await submit('echo begun; (setsid sleep 600 &); sleep 600')
      await reaches(id, 'RUNNING')
      await jobs.cancel(id)
      const job = await ends(id)
      expect(job.state).toBe('CANCELLED')
      expect(job.ranks.map(({ state }) => state)).toEqual(['CANCELLED', 'CANCELLED', 'CANCELLED'])
    })

    test('it lives on while Styx is away, and what was printed meanwhile is there', async () => {
      const id = await submit('for i in $(seq 1 20); do echo $i; while [ ! -e go ]; do sleep 0.05; done; done')
      await runs(id)
      await reopen(async () => {
        for (const node of [0, 1, 2]) go(node, 'go')
        await vi.waitFor(() => expect(existsSync(join(folderOf(2), 'jobs', id, 'exit'))).toBe(true), 20_000)
      })
      expect((await ends(id)).state).toBe('SUCCEEDED')
      for (const rank of [0, 1, 2]) expect(await texts(id, rank)).toEqual(Array.from({ length: 20 }, (_, i) => String(i + 1)))
    })

    test('started anew while its ranks wait: they begin once', async () => {
      const first = await submit('while [ ! -e go ]; do sleep 0.05; done', 1)
      const gang = await submit('echo once')
      await held(gang)
      await reopen(async () => go(0, 'go'))
      expect((await ends(gang)).state).toBe('SUCCEEDED')
      expect((await ends(first)).state).toBe('SUCCEEDED')
      for (const rank of [0, 1, 2]) expect(await texts(gang, rank)).toEqual(['once'])
    })

    test('GPUs: jobs share a node by them, each with its own', async () => {
      const more = 'resources: {accelerators: H100:1}\n'
      const run = 'echo $CUDA_VISIBLE_DEVICES; while [ ! -e go ]; do sleep 0.05; done'
      const ids = [await submit(run, 2, more), await submit(run, NODES, more)]
      for (const id of ids) await reaches(id, 'RUNNING')
      const alone = await submit('echo $CUDA_VISIBLE_DEVICES', NODES, `resources: {accelerators: H100:${GPUS}}\n`)
      await reaches(alone, 'PENDING')
      await sleep(1_000)
      expect(jobs.read(alone).runAt).toBeNull()
      for (const node of [0, 1, 2]) go(node, 'go')
      for (const id of [...ids, alone]) expect((await ends(id)).state).toBe('SUCCEEDED')
      const seen = await Promise.all(
        [0, 1].map(async (rank) => [await texts(ids[0] as string, rank), await texts(ids[1] as string, rank)].flat().sort()),
      )
      expect(seen).toEqual([
        ['0', '1'],
        ['0', '1'],
      ])
      for (const rank of [0, 1, 2]) expect(await texts(alone, rank)).toEqual(['0,1'])
    })

    test('a rank that fails while Styx is away', async () => {
      const run = '[ $SKYPILOT_NODE_RANK != 1 ] || { while [ ! -e go ]; do sleep 0.05; done; exit 3; }\nsleep 600'
      const id = await submit(run)
      await runs(id)
      await reopen(async () => {
        go(1, 'go')
        await vi.waitFor(() => expect(existsSync(join(folderOf(1), 'jobs', id, 'exit'))).toBe(true), 20_000)
        // Ray ends the others by itself. The nodes alone do not know of each other.
        const others = () => [0, 2].map((node) => existsSync(join(folderOf(node), 'jobs', id, 'exit')))
        if (under.runner === 'ray') await vi.waitFor(() => expect(others()).toEqual([true, true]), 30_000)
        else expect(others()).toEqual([false, false])
      })
      expect(await ends(id)).toMatchObject({ state: 'FAILED', exitCode: 3, failed: { rank: 1 } })
    })

    test('stopped by Ray’s own tools: it ends, and says so', async ({ skip }) => {
      if (!under.ray) return skip('there is no Ray')
      const id = await submit('(setsid sleep 600 &); sleep 600')
      await runs(id)
      expect((await askRay(`/api/jobs/${id}/stop`, 'POST')).status).toBe(200)
      const job = await ends(id)
      expect(job.state).toBe('FAILED_DRIVER')
      expect(['job.alone', 'job.ray-gone']).toContain(job.error?.code)
      expect(carriers()).toEqual([])
    })

    test('a node that Ray does not hear of any more: the job ends, and says which rank was lost', async ({ skip }) => {
      if (!under.raylet) return skip('there is no Ray')
      const id = await submit('(setsid sleep 600 &); sleep 600')
      await runs(id)
      process.kill(under.raylet(2), 'SIGSTOP')
      await ends(id)
      process.kill(under.raylet(2), 'SIGKILL')
      // Ray says why a little later than its nodes say that it is over.
      const error = { code: 'job.ray-gone', what: 'Rank 2 on worker 2 was lost', detail: expect.stringMatching(/./) }
      await vi.waitFor(() => expect(jobs.read(id)).toMatchObject({ state: 'FAILED_DRIVER', error }), 20_000)
      expect(carriers()).toEqual([])
    })

    test('Ray’s own process on a node is killed: the job says which rank was lost, and nothing of it stays', async ({ skip }) => {
      if (!under.raylet) return skip('there is no Ray')
      const id = await submit('(setsid sleep 600 &); sleep 600', 2)
      await runs(id)
      process.kill(under.raylet(1), 'SIGKILL')
      await ends(id)
      // Where its nodes do not say it, Ray does a little later.
      const error = { what: 'Rank 1 on worker 1 was lost', why: expect.stringMatching(/./) }
      await vi.waitFor(() => expect(jobs.read(id)).toMatchObject({ state: 'FAILED_DRIVER', error }), 20_000)
      expect(carriers()).toEqual([])
    })
  })
}
