import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { noSshd, type Sshd, startSshd } from '../../e2e/substrate/sshd.ts'
import { visibleGpus } from '../shared/holders.ts'
import type { Operation } from '../shared/operation.ts'
import { type EngineUnderTest, engineUnderTest, know, poolOf } from './engine-under-test.ts'

// Clusters that share machines and change while they live: the whole engine over its router, with real sshds. A stand-in for nvidia-smi
// gives each of them four GPUs of its own.

describe.skipIf(noSshd !== null)('nodes of clusters that live', { timeout: 90_000 }, () => {
  const GPUS = 4
  let captures: string
  let hosts: Sshd[]
  let under: EngineUnderTest
  let placeId: string
  let ids: [string, string, string]
  const client = () => under.client()
  const snapshot = () => under.snapshot()
  const reaches: EngineUnderTest['reaches'] = (...what) => under.reaches(...what)

  beforeAll(async () => {
    captures = mkdtempSync(join(tmpdir(), 'styx-captures-'))
    hosts = await Promise.all(
      [0, 1, 2].map((host) => {
        const rows = Array.from(
          { length: GPUS },
          (_, gpu) => `row GPU-0000000${host}-1c2d-4e5f-8a9b-0c1d2e3f4a5${gpu}|NVIDIA H100 80GB HBM3|81559`,
        )
        writeFileSync(join(captures, String(host)), ['fields uuid|name|memory.total', ...rows, ''].join('\n'))
        return startSshd({
          env: {
            PATH: `${resolve('e2e/substrate/nvidia-smi')}:${process.env.PATH}`,
            NVIDIA_SMI_CAPTURE: join(captures, String(host)),
          },
        })
      }),
    )
  })
  afterAll(async () => {
    await Promise.all(hosts.map((host) => host.stop()))
    rmSync(captures, { recursive: true, force: true })
  })
  beforeEach(async () => {
    for (const { home: there } of hosts)
      for (const name of readdirSync(there)) rmSync(join(there, name), { recursive: true, force: true }) // of the test before
    under = await engineUnderTest(hosts)
    placeId = (await client().places.save({ name: 'Lab', hosts: poolOf(hosts) })).id
    await client().places.check({ placeId })
    ids = (await client().places.offers({ placeId })).map(({ id }) => id) as typeof ids
  })
  afterEach(async () => {
    await under.close()
    rmSync(under.home, { recursive: true, force: true })
  })

  const launch = (name: string, on: string[], gpus: Record<string, number> = {}) =>
    client().clusters.launch({ placeId, offerId: on[0] as string, name, spec: { hosts: on, gpus } })
  const launched = async (name: string, on: string[], gpus: Record<string, number> = {}): Promise<string> => {
    const { clusterId } = await launch(name, on, gpus)
    await reaches(clusterId, 'ready')
    return clusterId
  }
  const ends = async (clusterId: string, operationId: string): Promise<Operation> => {
    const read = async () => (await client().operations.list({ clusterId })).find(({ id }) => id === operationId) as Operation
    await vi.waitFor(async () => expect((await read()).endedAt).not.toBeNull(), { timeout: 75_000, interval: 50 })
    return read()
  }
  const nodesOf = async (clusterId: string) => (await snapshot()).nodes.filter((node) => node.clusterId === clusterId)
  const ranksOf = async (clusterId: string) => (await nodesOf(clusterId)).map(({ rank, state }) => `${rank} ${state}`)
  const stateOf = async (clusterId: string) => (await client().clusters.read({ clusterId })).state.is
  const heldOf = async (clusterId: string) => (await nodesOf(clusterId)).map(visibleGpus)
  const runs = async (clusterId: string, yaml: string): Promise<{ jobId: string; said(): Promise<string[]> }> => {
    const { jobId } = await client().jobs.submit({ clusterId, job: { yaml } })
    const said = async () =>
      (await client().logs.lines({ log: `job:${jobId}`, streams: null, from: 0, count: 50 })).map(({ text }) => text)
    return { jobId, said }
  }
  const jobIs = (jobId: string, state: string) =>
    vi.waitFor(async () => expect((await client().jobs.read({ jobId })).state).toBe(state), 20_000)
  const made = () => hosts.map(({ home: there }) => existsSync(join(there, '.styx-node')))
  const refusal = async (promise: Promise<unknown>) =>
    promise.then(
      () => {
        throw new Error('it was not refused')
      },
      (error: { data: unknown }) => error.data,
    )

  test('two clusters share a machine: each has its own GPUs, for its jobs and its shells; what is stopped keeps them, what ends frees them', async () => {
    const one = await launched('one', [ids[0]], { [ids[0]]: 1 })
    const two = await launched('two', [ids[0]])
    expect([await heldOf(one), await heldOf(two)]).toEqual([[[0]], [[1, 2, 3]]])
    const [offer] = await client().places.offers({ placeId })
    expect(offer).toMatchObject({ gpuCount: GPUS, heldBy: expect.arrayContaining([one, two]) })
    expect(offer?.gpus.map(({ heldBy }) => heldBy)).toEqual([one, two, two, two])
    expect(await refusal(launch('three', [ids[0]], { [ids[0]]: 1 }))).toMatchObject({
      code: 'gpus.held',
      why: '1 of its 4 are asked for, and 0 are free: one holds 1, two holds 3.',
    })

    const run = 'run: echo "<$CUDA_VISIBLE_DEVICES>"'
    for (const [clusterId, yaml, devices] of [
      [one, run, '<0>'],
      [two, run, '<1,2,3>'],
      [two, `resources: {accelerators: H100:2}\n${run}`, '<1,2>'],
    ] as const) {
      const job = await runs(clusterId, yaml)
      await jobIs(job.jobId, 'SUCCEEDED')
      await vi.waitFor(async () => expect(await job.said()).toContain(devices), 10_000)
    }
    expect(await refusal(runs(one, `resources: {accelerators: H100:2}\n${run}`))).toMatchObject({ code: 'job.gpus-missing' })

    const [node] = await nodesOf(two)
    const terminal = await client().terminals.open({
      on: { is: 'node', nodeId: node?.id ?? '' },
      size: { cols: 120, rows: 24 },
    })
    const reader = await under.engine().openBytes(`terminal:${terminal.id}`, null, new AbortController().signal)
    let text = ''
    const read = async () => {
      const chunk = await reader.next(65_536, AbortSignal.timeout(10_000))
      text += Buffer.from(chunk?.bytes ?? []).toString()
    }
    await client().terminals.type({
      terminalIds: [terminal.id],
      keys: [{ is: 'text', text: 'echo "[$CUDA_VISIBLE_DEVICES]"\r' }],
    })
    while (!text.includes('[1,2,3]')) await read()
    expect(text).toContain('two holds GPU 1, 2, 3 of 4 here')
    reader.close()

    await client().clusters.stop({ clusterId: two })
    await reaches(two, 'stopped')
    expect(await refusal(launch('three', [ids[0]], { [ids[0]]: 1 }))).toMatchObject({ code: 'gpus.held' })
    await client().clusters.terminate({ clusterId: two })
    await reaches(two, 'terminated')
    const three = await launched('three', [ids[0]])
    expect(await heldOf(three)).toEqual([[1, 2, 3]])
  })

  test('launches at once never get the same GPU', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const results = await Promise.allSettled(names.map((name) => launch(name, [ids[0]], { [ids[0]]: 1 })))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(GPUS)
    const held = (await snapshot()).nodes.flatMap(({ gpus }) => gpus ?? [])
    expect(new Set(held).size).toBe(GPUS)
    expect(held).toHaveLength(GPUS)
  })

  test('machines are added to a cluster that works on, and removed again; ranks stay', async () => {
    const clusterId = await launched('grows', [ids[0]])
    const busy = await runs(clusterId, 'run: while [ ! -e go ]; do sleep 0.1; done')
    await jobIs(busy.jobId, 'RUNNING')
    const machines = [
      { offerId: ids[1], gpus: 2 },
      { offerId: ids[2], gpus: null },
    ]
    const { operationId } = await client().clusters.addNodes({ clusterId, machines })
    expect(await stateOf(clusterId)).toBe('ready')
    expect(await ends(clusterId, operationId)).toMatchObject({ kind: 'add-nodes', state: 'done', nodeIds: expect.any(Array) })
    expect(await ranksOf(clusterId)).toEqual(['0 up', '1 up', '2 up'])
    expect(await heldOf(clusterId)).toEqual([null, [0, 1], null])
    expect((await client().jobs.read({ jobId: busy.jobId })).state).toBe('RUNNING')
    const wide = await runs(clusterId, 'num_nodes: 2\nrun: echo "$SKYPILOT_NODE_RANK on $STYX_HOST"')
    await jobIs(wide.jobId, 'SUCCEEDED')

    const [, first] = await nodesOf(clusterId)
    const removal = await client().clusters.removeNodes({ clusterId, nodeIds: [first?.id ?? ''] })
    expect(await ends(clusterId, removal.operationId)).toMatchObject({ kind: 'remove-nodes', state: 'done' })
    expect(await stateOf(clusterId)).toBe('ready')
    expect(await ranksOf(clusterId)).toEqual(['0 up', '2 up'])
    expect(made()).toEqual([true, false, true])
    expect((await client().places.offers({ placeId }))[1]?.gpus.map(({ heldBy }) => heldBy)).toEqual([null, null, null, null])

    const again = await client().clusters.addNodes({ clusterId, machines: [{ offerId: ids[1], gpus: null }] })
    expect((await ends(clusterId, again.operationId)).state).toBe('done')
    expect(await ranksOf(clusterId)).toEqual(['0 up', '2 up', '3 up'])
    const texts = (await client().events.list({ clusterId, limit: 50 })).map(({ text }) => text)
    expect(texts.some((text) => /gone|degraded|answer again/.test(text))).toBe(false)
    await client().clusters.terminate({ clusterId })
    await reaches(clusterId, 'terminated')
    expect(hosts.map(({ home: there }) => readdirSync(there))).toEqual([[], [], []])
  })

  test('the head is not removed; with a job on it a node is, and the job ended, only when that was said', async () => {
    const clusterId = await launched('busy', [ids[0], ids[1]])
    const [head, worker] = (await nodesOf(clusterId)).map(({ id }) => id) as [string, string]
    expect(await refusal(client().clusters.removeNodes({ clusterId, nodeIds: [head] }))).toMatchObject({ code: 'node.is-head' })
    const job = await runs(clusterId, 'num_nodes: 2\nrun: sleep 600')
    await jobIs(job.jobId, 'RUNNING')
    expect(await refusal(client().clusters.removeNodes({ clusterId, nodeIds: [worker] }))).toMatchObject({
      code: 'node.has-jobs',
      where: 'worker 1',
      why: expect.stringMatching(/^1 \(.*\) is RUNNING$/),
    })
    expect(await ranksOf(clusterId)).toEqual(['0 up', '1 up'])
    const { operationId } = await client().clusters.removeNodes({ clusterId, nodeIds: [worker], endJobs: true })
    expect((await ends(clusterId, operationId)).state).toBe('done')
    expect(await client().jobs.read({ jobId: job.jobId })).toMatchObject({
      state: 'CANCELLED',
      error: { code: 'job.cluster-ended' },
    })
    expect(await ranksOf(clusterId)).toEqual(['0 up'])
    await jobIs((await runs(clusterId, 'run: "true"')).jobId, 'SUCCEEDED')
    await client().clusters.terminate({ clusterId })
    await reaches(clusterId, 'terminated')
  })

  test('what cannot be added is taken back, and the cluster goes on as it was', async () => {
    const clusterId = await launched('stays', [ids[0]])
    const blocked = join((hosts[2] as Sshd).home, '.styx-node')
    writeFileSync(blocked, 'not a folder')
    const machines = [ids[1], ids[2]].map((offerId) => ({ offerId, gpus: null }))
    const { operationId } = await client().clusters.addNodes({ clusterId, machines })
    expect(await ends(clusterId, operationId)).toMatchObject({ state: 'failed', leftovers: [] })
    expect(await stateOf(clusterId)).toBe('ready')
    expect(await ranksOf(clusterId)).toEqual(['0 up'])
    expect(existsSync(join((hosts[1] as Sshd).home, '.styx-node'))).toBe(false)
    rmSync(blocked)
    expect(await refusal(client().operations.retry({ operationId }))).toMatchObject({ code: 'operation.not-retryable' })
    const again = await client().clusters.addNodes({ clusterId, machines })
    expect((await ends(clusterId, again.operationId)).state).toBe('done')
    await client().clusters.terminate({ clusterId })
    await reaches(clusterId, 'terminated')
  })

  test('adding that is cancelled takes back what it made; the cluster goes on', async () => {
    const clusterId = await launched('halts', [ids[0]])
    const pids = (hosts[1] as Sshd).children()
    for (const pid of pids) process.kill(pid, 'SIGSTOP') // its answer takes its time
    const { operationId } = await client().clusters.addNodes({ clusterId, machines: [{ offerId: ids[1], gpus: null }] })
    await client().operations.cancel({ operationId, keep: 'nothing' })
    for (const pid of pids) process.kill(pid, 'SIGCONT')
    expect(await ends(clusterId, operationId)).toMatchObject({ state: 'cancelled' })
    expect([await stateOf(clusterId), await ranksOf(clusterId), made()[1]]).toEqual(['ready', ['0 up'], false])
    await client().clusters.terminate({ clusterId })
    await reaches(clusterId, 'terminated')
  })

  test('terminate removes what Styx wrote, and nothing else: the homes are as they were, to the byte', async () => {
    for (const { home: there } of hosts) {
      mkdirSync(join(there, 'data/deep'), { recursive: true })
      writeFileSync(join(there, 'data/deep/weights.bin'), Buffer.alloc(10_000, 7), { mode: 0o640 })
      writeFileSync(join(there, '.profile'), 'export MINE=1\n')
      symlinkSync('data/deep', join(there, 'link'))
      // Another installation of Styx lives there too.
      mkdirSync(join(there, '.styx-node/another/cluster/node'), { recursive: true, mode: 0o700 })
      writeFileSync(join(there, '.styx-node/another/cluster/node/.styx-node'), 'another\n')
    }
    const before = hosts.map(({ home: there }) => listing(there))
    const project = join(under.home, 'project')
    mkdirSync(project)
    writeFileSync(join(project, 'train.py'), 'print(1)\n')
    const clusterId = await launched('clean', [ids[0], ids[1]])
    const added = await client().clusters.addNodes({ clusterId, machines: [{ offerId: ids[2], gpus: null }] })
    expect((await ends(clusterId, added.operationId)).state).toBe('done')
    const run = 'echo x >made; mkdir -p .cache/deep; ln -s "$HOME/data" ours; chmod 500 .cache/deep'
    const job = await runs(clusterId, `num_nodes: 3\nworkdir: ${project}\nrun: '${run}'`)
    await jobIs(job.jobId, 'SUCCEEDED')
    const [, worker] = await nodesOf(clusterId)
    await client().terminals.open({ on: { is: 'node', nodeId: worker?.id ?? '' }, size: { cols: 80, rows: 24 } })
    expect(hosts.map(({ home: there }) => listing(there))).not.toEqual(before)
    const removal = await client().clusters.removeNodes({ clusterId, nodeIds: [worker?.id ?? ''] })
    expect((await ends(clusterId, removal.operationId)).state).toBe('done')
    expect(listing((hosts[1] as Sshd).home)).toEqual(before[1])
    await client().clusters.terminate({ clusterId })
    await reaches(clusterId, 'terminated')
    expect(hosts.map(({ home: there }) => listing(there))).toEqual(before)
  })

  test('what waits for a machine that does not answer says so at once, and need not be waited for', async () => {
    const silent = hosts[1] as Sshd
    const freeze = () => {
      const pids = [silent.pid, ...silent.children()]
      for (const pid of pids) process.kill(pid, 'SIGSTOP')
      return pids
    }
    const clusterId = await launched('waits', [ids[0], ids[1]])
    const worker = (await nodesOf(clusterId))[1]?.id as string
    const pids = freeze()
    try {
      const asked = await client().clusters.removeNodes({ clusterId, nodeIds: [worker] })
      const says = async () =>
        (await client().operations.list({ clusterId }))[0]?.steps.flatMap(({ nodes }) =>
          nodes.map(({ progress }) => progress?.text),
        )
      await vi.waitFor(
        async () => expect(await says()).toContainEqual(expect.stringContaining(`127.0.0.1:${silent.port}`)),
        8_000,
      )
      const given = await client().clusters.removeNodes({ clusterId, nodeIds: [worker], giveUp: true })
      expect(await ends(clusterId, given.operationId)).toMatchObject({ state: 'done', leftovers: [expect.anything()] })
      expect((await ends(clusterId, asked.operationId)).state).toBe('cancelled')
      expect([await stateOf(clusterId), await ranksOf(clusterId)]).toEqual(['ready', ['0 up']])
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT')
    }
    await client().clusters.terminate({ clusterId })
    await reaches(clusterId, 'terminated')

    const other = await launched('waits-too', [ids[0], ids[1]])
    const frozen = freeze()
    try {
      await client().clusters.terminate({ clusterId: other })
      expect(await refusal(client().clusters.forget({ clusterId: other }))).toMatchObject({ code: 'cluster.not-empty' })
      await vi.waitFor(async () => expect(await ranksOf(other)).toEqual(['0 gone', '1 unknown']), 12_000)
      await client().clusters.forget({ clusterId: other })
      expect(await client().clusters.list()).toMatchObject([{ id: clusterId }])
      const [event] = await client().events.list({ clusterId: other, limit: 1 })
      expect(event?.detail).toContain(`127.0.0.1:${silent.port}: ~/.styx-node/`)
    } finally {
      for (const pid of frozen) process.kill(pid, 'SIGCONT')
    }
  })

  test('a machine that is gone for ever: its removal fails in words, and it is given up; what stays is named', async () => {
    const lost = await startSshd()
    know(under.home, [...hosts, lost])
    const { user, port } = lost
    const pool = (await snapshot()).places.find(({ id }) => id === placeId)?.settings as { hosts: [] }
    await client().places.save({ placeId, name: 'Lab', hosts: [...pool.hosts, ...poolOf([lost])] })
    await client().places.check({ placeId })
    const offer = (await client().places.offers({ placeId })).at(-1)?.id as string
    const clusterId = await launched('loses', [ids[0], offer])
    const worker = (await nodesOf(clusterId))[1]?.id as string
    await lost.stop()

    const failed = await client().clusters.removeNodes({ clusterId, nodeIds: [worker] })
    expect(await ends(clusterId, failed.operationId)).toMatchObject({
      state: 'failed',
      error: { code: expect.stringMatching(/^ssh\./) },
    })
    expect([await stateOf(clusterId), await ranksOf(clusterId)]).toEqual(['degraded', ['0 up', '1 removing']])
    const given = await client().clusters.removeNodes({ clusterId, nodeIds: [worker], giveUp: true })
    expect(await ends(clusterId, given.operationId)).toMatchObject({
      state: 'done',
      leftovers: [{ what: expect.stringContaining(clusterId), where: `${user}@127.0.0.1:${port}` }],
    })
    expect([await stateOf(clusterId), await ranksOf(clusterId)]).toEqual(['ready', ['0 up']])
    const [event] = (await client().events.list({ clusterId, limit: 5 })).filter(({ text }) => text.startsWith('Given up'))
    expect(event?.detail).toContain(`${user}@127.0.0.1:${port}: ~/.styx-node/`)
    await client().clusters.terminate({ clusterId })
    await reaches(clusterId, 'terminated')
  })
})

if (noSshd) test.skip(`nodes of clusters that live: ${noSshd}`)

/** Everything in a folder: kind, mode, time of the last change, content. A folder's time tells of what was there for a while. */
function listing(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const path = join(folder, name)
      const stat = lstatSync(path)
      const content = stat.isFile() ? readFileSync(path, 'base64') : stat.isSymbolicLink() ? readlinkSync(path) : ''
      return [name, stat.mode.toString(8), stat.isFile() ? stat.mtimeMs : '', content].join(' ')
    })
    .filter((line) => !line.startsWith('.bash_history ')) // the user's own shell's
}
