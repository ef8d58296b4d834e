import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { jobHasEnded } from '../../shared/job.ts'
import { type Engine, openEngine } from '../engine.ts'
import { createLogs } from '../logs/logs.ts'
import { createLogStore } from '../logs/store.ts'
import { nodeFolder } from '../providers/node-folder.ts'
import { openLocalTransport } from '../transports/local/local-transport.ts'
import { followRank } from './follow-rank.ts'
import { rankFiles } from './job-script.ts'
import type { JournalEntry } from './journal.ts'
import { createShellRunner } from './shell-runner.ts'

// Jobs that print without measure: nothing is lost that is not said, the memory stays flat, a full disk ends nobody else's work.

const resources = resolve('resources')
let root: string
let home: string
let realHome: string | undefined
const undo: (() => unknown)[] = []

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'styx-floods-'))
  home = join(root, 'home')
  mkdirSync(home)
  realHome = process.env.HOME
  process.env.HOME = home
})
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one()
  process.env.HOME = realHome
  rmSync(root, { recursive: true, force: true })
})

async function start() {
  const stateFolder = join(root, 'state')
  mkdirSync(stateFolder, { mode: 0o700 })
  const engine: Engine = await openEngine({ stateFolder, resources, version: '0' })
  undo.push(() => engine.close())
  const api = createRouterClient(engine.router, { context: { host: 'web' } })
  const [offer] = await api.places.offers({ placeId: 'this-machine' })
  const { clusterId } = await api.clusters.launch({ placeId: 'this-machine', offerId: offer!.id, name: 'floods' })
  await vi.waitFor(async () => expect((await api.clusters.read({ clusterId })).state.is).toBe('ready'), { timeout: 20_000 })
  const run = async (yaml: string) => {
    const { jobId } = await api.jobs.submit({ clusterId, job: { yaml } })
    const log = `job:${jobId}`
    await vi.waitFor(async () => expect((await api.logs.info({ log, streams: null })).live).toBe(false), {
      timeout: 200_000,
      interval: 200,
    })
    const job = await api.jobs.read({ jobId })
    return { job, info: await api.logs.info({ log, streams: null }), log }
  }
  return { api, run }
}

test('a run that prints 500 MB: all of it is here, the memory stays flat', async () => {
  const { api, run } = await start()
  let most = 0
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss)
  }, 100)
  const before = process.memoryUsage().rss
  const { job, info, log } = await run(`run: seq -f 'line %.0f of a job that prints and prints and prints and prints' 7500000\n`)
  clearInterval(timer)
  expect([job.state, job.logProblem, info.gaps]).toEqual(['SUCCEEDED', null, []])
  expect(info.bytes).toBeGreaterThan(490_000_000)
  expect(info.lines).toBe(7_500_000)
  expect(most - before).toBeLessThan(400 * 2 ** 20)
  for (const n of [0, 1_234_567, 7_499_999]) {
    const [line] = await api.logs.lines({ log, streams: null, from: n, count: 1 })
    expect(line?.text).toBe(`line ${n + 1} of a job that prints and prints and prints and prints`)
  }
}, 300_000)

test('one line of 100 MB', async () => {
  const { job, info } = await (await start()).run(`run: head -c 100000000 /dev/zero | tr '\\0' x; echo; echo after\n`)
  expect([job.state, job.logProblem, info.gaps, info.bytes]).toEqual(['SUCCEEDED', null, [], 100_000_007])
}, 300_000)

test('a run that fills the disk: its end is told, and the next one runs once there is room', async ({ skip }) => {
  const small = () => execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m', 'tmpfs', home], { stdio: 'ignore' })
  try {
    small()
  } catch {
    skip('a small disk can only be mounted by root: run this test as root')
  }
  undo.push(() => execFileSync('umount', ['-l', home]))
  const { api, run } = await start()
  const { job, info } = await run(`run: cat /dev/zero >~/full; yes no room for this | head -c 30000000; exit 5\n`)
  expect(job).toMatchObject({ state: 'FAILED', exitCode: 5, logProblem: null })
  expect(info.gaps).toEqual([])
  const [{ id: clusterId } = { id: '' }] = await api.clusters.list()
  const refused = await api.jobs.submit({ clusterId, job: { yaml: 'run: echo hello' } })
  await vi.waitFor(async () => expect(jobHasEnded((await api.jobs.read(refused)).state)).toBe(true), { timeout: 60_000 })
  expect(await api.jobs.read(refused)).toMatchObject({ state: 'FAILED_DRIVER', error: { code: 'job.disk-full' } })
  rmSync(join(home, 'full'))
  expect((await run('run: echo hello\n')).job.state).toBe('SUCCEEDED')
}, 120_000)

test('a log above its cap loses its older half on the node, and that is said', async ({ skip }) => {
  const signal = new AbortController()
  undo.push(() => signal.abort())
  const transport = openLocalTransport()
  undo.push(() => transport.close())
  const owner = { installationId: 'i', clusterId: 'c', nodeId: 'n' }
  const { path } = await nodeFolder('make', owner, { transport, resources, signal: signal.signal })
  const node = { ...owner, transport, isHere: true }
  const runner = createShellRunner(resources)
  const entries: JournalEntry[] = []
  void (async () => {
    for await (const news of runner.observe(node, 0, [], signal.signal)) if (news.is === 'entries') entries.push(...news.entries)
  })()
  const job = { id: 'capped', ranks: [{}], gpusPerNode: null }
  const run = `seq -f 'line %.0f' 500000; sleep 9; echo last`
  const files = rankFiles({
    job,
    rank: 0,
    taskId: '',
    ips: [''],
    gpusOfNode: 0,
    only: null,
    start: 'turn',
    values: {},
    setup: null,
    run,
  })
  await runner.submit(node, 'capped', { ...files, plan: '0 all 0 2000000' }, signal.signal)
  await vi.waitFor(() => expect(entries.at(-1)?.state).toBe('SUCCEEDED'), { timeout: 60_000 })
  const file = join(path, 'jobs', 'capped', 'rank-0.out')
  const dropped = entries.find(({ state }) => state === 'DROPPED')
  if (!dropped) skip('this file system, or this machine, has no fallocate that makes holes')
  const end = entries.at(-1)!
  expect(statSync(file).size).toBe(end.out)
  expect(statSync(file).blocks * 512).toBeLessThan(2_000_000)
  const whole = readFileSync(file)
  const kept = { out: dropped!.out as number, err: dropped!.err as number }
  expect(whole[kept.out - 1]).toBe(0)
  expect(whole[kept.out]).not.toBe(0)

  const store = createLogStore({ folder: join(root, 'logs') })
  undo.push(() => store.close())
  const problem = await new Promise((onDone) => {
    const follower = followRank({ runner, store, node, jobId: 'capped', rank: 0, kept, fresh: false, onDone })
    follower.finish({ out: end.out as number, err: end.err as number })
  })
  expect(problem).toBe(null)
  const info = await createLogs(store).info({ log: 'job:capped', streams: null })
  expect(info.gaps.join('\n')).toMatch(/more than a node keeps/)
  expect(await store.position('job:capped', 'r0.out')).toBe(end.out)
  const lines = await createLogs(store).lines({ log: 'job:capped', streams: null }, info.lines - 2, 2, signal.signal)
  expect(lines.map(({ text }) => text)).toEqual(['line 500000', 'last'])
}, 120_000)
