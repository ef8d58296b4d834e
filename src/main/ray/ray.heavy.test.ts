import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { holdRayLock, noRayToInstall, RAY_TURN_MS } from '../../../e2e/substrate/ray.ts'
import { noSshd, type Sshd, type SshdOptions, startSshd } from '../../../e2e/substrate/sshd.ts'
import type { Cluster } from '../../shared/cluster.ts'
import type { Ray } from '../../shared/ray.ts'
import { engineUnderTest } from '../engine-under-test.ts'
import { rayOnNode } from './on-node.ts'

// Real Ray out of PyPI, on nodes that are real sshds of this machine, by the whole engine.

const noRay = noSshd ?? noRayToInstall()
if (noRay) console.warn(`skipped: ${noRay}`)

let letGo = () => {}
beforeAll(async () => {
  if (!noRay) letGo = await holdRayLock()
}, RAY_TURN_MS)
afterAll(() => letGo())

describe.skipIf(noRay !== null)('Ray on SSH machines', { timeout: 280_000 }, () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await openLab([{}, {}])
  }, 120_000)
  afterAll(() => lab.close(), 60_000)

  test('from nothing to a Ray with all nodes in it; stopped, started, terminated without a trace', async () => {
    const clusterId = await lab.launch('whole')
    await lab.rests(clusterId, 'ready')
    const now = await lab.ray(clusterId)
    expect(now).toMatchObject({ is: 'running', guarded: true, error: null })
    expect(now.nodes.map(({ alive, ip }) => [alive, ip])).toEqual([
      [true, '127.0.10.1'],
      [true, '127.0.10.2'],
    ])
    expect(run(now, 0, 'import ray; ray.init(); print(len(ray.nodes()))')).toMatch(/^2$/m)
    expect(await asks(now, '/api/version', false)).toBe(401)
    expect(await asks(now, '/api/version', true)).toBe(200)

    await lab.client().clusters.stop({ clusterId })
    await lab.rests(clusterId, 'stopped')
    expect(processesIn(lab.hosts)).toEqual([])
    expect((await lab.ray(clusterId)).is).toBe('stopped')

    await lab.client().clusters.start({ clusterId })
    await lab.rests(clusterId, 'ready')
    expect((await lab.ray(clusterId)).is).toBe('running')

    await lab.client().clusters.terminate({ clusterId })
    await lab.rests(clusterId, 'terminated')
    expect(processesIn(lab.hosts)).toEqual([])
    for (const { home } of lab.hosts) expect(readdirSync(home)).toEqual([])
    expect(existsSync(now.nodes[0]!.temp!)).toBe(false)
  })

  test('a worker that is lost is told of, started again, and Ray is whole again by itself; a restart and another version', async () => {
    const clusterId = await lab.launch('tended', { version: '2.59.0', wheels: null })
    await lab.rests(clusterId, 'ready')
    const before = await lab.ray(clusterId)
    const [worker] = raylets(lab.hosts[1]!)
    process.kill(worker!, 'SIGKILL')
    await vi.waitFor(async () => expect((await lab.ray(clusterId)).is).toBe('degraded'), { timeout: 60_000, interval: 200 })
    expect((await lab.ray(clusterId)).error).toMatchObject({ code: 'ray.node-lost', where: expect.stringContaining('worker 1') })
    await vi.waitFor(async () => expect((await lab.ray(clusterId)).is).toBe('running'), { timeout: 60_000, interval: 200 })
    expect(await lab.events()).toEqual(expect.arrayContaining(['Ray is started again on worker 1', 'Ray is whole again']))

    const restart = await lab.client().clusters.restartRay({ clusterId })
    expect((await lab.read(clusterId)).state.is).toBe('ready')
    await lab.ends(clusterId, restart.operationId)
    expect((await lab.ray(clusterId)).is).toBe('running')
    expect(run(await lab.ray(clusterId), 1, 'import ray; ray.init(); print(ray.__version__)')).toMatch(/^2\.59\.0$/m)

    const upgrade = await lab.client().clusters.upgradeRay({ clusterId, version: '2.60.0' })
    await lab.ends(clusterId, upgrade.operationId)
    const after = await lab.ray(clusterId)
    expect(after).toMatchObject({ is: 'running', version: '2.60.0' })
    expect(run(after, 1, 'import ray; ray.init(); print(ray.__version__)')).toMatch(/^2\.60\.0$/m)
    expect(existsSync(`${before.nodes[0]!.folder}/2.59.0-py${before.python}`)).toBe(false)
    await lab.end(clusterId)
  })

  test('a machine joins the Ray that runs, and leaves it again: what runs on the head goes on', async () => {
    const clusterId = await lab.launch('grows', undefined, 'first')
    await lab.rests(clusterId, 'ready')
    const before = await lab.ray(clusterId)
    const [raylet] = raylets(lab.hosts[0]!)
    const added = await lab.client().clusters.addNodes({ clusterId, machines: [{ offerId: lab.ids[1]!, gpus: null }] })
    await lab.ends(clusterId, added.operationId)
    const two = await lab.ray(clusterId)
    expect(two).toMatchObject({ is: 'running', version: before.version, nodes: [{ alive: true }, { alive: true }] })
    expect(run(two, 1, 'import ray; ray.init(); print(sum(node["Alive"] for node in ray.nodes()))')).toMatch(/^2$/m)

    const removed = await lab.client().clusters.removeNodes({ clusterId, nodeIds: [await lab.nodeId(clusterId, 1)] })
    await lab.ends(clusterId, removed.operationId)
    expect(await lab.ray(clusterId)).toMatchObject({ is: 'running', nodes: [{ alive: true }], error: null })
    expect((await lab.read(clusterId)).state.is).toBe('ready')
    expect(raylets(lab.hosts[0]!)).toEqual([raylet])
    expect(raylets(lab.hosts[1]!)).toEqual([])
    expect(readdirSync(lab.hosts[1]!.home)).toEqual([])
    const events = await lab.client().events.list({ clusterId, limit: 100 })
    expect(events.map(({ text }) => text).filter((text) => /not whole|started again|is gone|not in Ray/.test(text))).toEqual([])
    await lab.end(clusterId)
  })

  test('two clusters beside a Ray of the user’s own: each ends alone, and what is not ours runs on', async () => {
    const one = await lab.launch('one', undefined, 'first')
    const two = await lab.launch('two', undefined, 'first')
    await lab.rests(one, 'ready')
    await lab.rests(two, 'ready')
    // The user's: the defaults of `ray start`, by a Ray that lies anywhere.
    const own = mkdtempSync(join(tmpdir(), 'own-ray-'))
    const { python } = rayOnNode(await lab.ray(one), (await lab.ray(one)).nodes[0]!.nodeId)!
    cpSync(join(python, '../..'), own, { recursive: true })
    const cli = join(own, 'bin/ray')
    writeFileSync(cli, readFileSync(cli, 'utf8').replaceAll(join(python, '../..'), own))
    const env = { PATH: process.env.PATH, HOME: own, RAY_TMPDIR: join(own, 't') }
    execFileSync(
      join(own, 'bin/python'),
      [cli, 'start', '--head', '--disable-usage-stats', `--temp-dir=/tmp/own-${process.pid}`],
      {
        env,
        timeout: 90_000,
        stdio: 'ignore',
      },
    )
    const isOwnUp = () =>
      execFileSync(join(own, 'bin/python'), ['-c', 'import ray; ray.init("127.0.0.1:6379"); print(len(ray.nodes()))'], {
        env,
        encoding: 'utf8',
        timeout: 60_000,
      })
    try {
      expect(isOwnUp()).toMatch(/^1$/m)
      expect((await lab.ray(one)).is).toBe('running')
      await lab.end(one)
      expect(await asks(await lab.ray(two), '/api/version', true)).toBe(200)
      expect(isOwnUp()).toMatch(/^1$/m)
      await lab.end(two)
      expect(processesIn(lab.hosts)).toEqual([])
      expect(isOwnUp()).toMatch(/^1$/m)
    } finally {
      endAllIn(own)
      rmSync(own, { recursive: true, force: true })
      rmSync(`/tmp/own-${process.pid}`, { recursive: true, force: true })
    }
  })
})

describe.skipIf(noRay !== null)('nodes that cannot be set up as they are', { timeout: 280_000 }, () => {
  let lab: Lab | undefined
  let bin: string
  beforeEach(() => {
    bin = mkdtempSync(join(tmpdir(), 'styx-bin-'))
  })
  afterEach(async () => {
    await lab?.close()
    lab = undefined
    rmSync(bin, { recursive: true, force: true })
  })
  /** Every name that a Python may have here says this instead. */
  const pythons = (script: string) => {
    for (const name of ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3.9'])
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    return { env: { PATH: `${bin}:${process.env.PATH}` } }
  }

  test('no Python: the node is named, told what to do, and still there for terminals; terminated without a trace', async () => {
    lab = await openLab([{}, pythons('exit 127')])
    const clusterId = await lab.launch('bare')
    const { state, ray } = await lab.comesToRest(clusterId)
    expect(state).toMatchObject({ is: 'degraded', error: { code: 'ray.no-python', where: expect.stringContaining('worker 1') } })
    expect(ray).toMatchObject({ is: 'failed', error: { code: 'ray.no-python' } })
    const shell = await lab
      .client()
      .terminals.open({ on: { is: 'node', nodeId: await lab.nodeId(clusterId, 1) }, size: { cols: 80, rows: 24 } })
    await lab.client().terminals.close({ terminalId: shell.id })
    await lab.end(clusterId)
    for (const { home } of lab.hosts) expect(readdirSync(home)).toEqual([])
  })

  test('Pythons that differ are told apart, and a retry goes on once they do not', async () => {
    lab = await openLab([{}, pythons('echo 3.9.1')])
    const clusterId = await lab.launch('unlike')
    const { state } = await lab.comesToRest(clusterId)
    expect(state).toMatchObject({ is: 'degraded', error: { code: 'ray.pythons-differ' } })
    for (const name of readdirSync(bin)) rmSync(join(bin, name))
    const [operation] = await lab.client().operations.list({ clusterId })
    await lab.client().operations.retry({ operationId: operation!.id })
    await lab.rests(clusterId, 'ready')
    expect((await lab.ray(clusterId)).is).toBe('running')
    await lab.end(clusterId)
  })

  test('from a folder of wheels, without a network; a folder that is not there is told', async () => {
    const wheels = join(bin, 'wheels')
    execFileSync('python3', ['-m', 'pip', 'download', '-q', '-d', wheels, 'ray[default]'], { timeout: 240_000 })
    const nowhere = 'http://127.0.0.1:9'
    lab = await openLab([{ env: { HTTPS_PROXY: nowhere, HTTP_PROXY: nowhere, ALL_PROXY: nowhere } }])
    const missing = await lab.launch('missing', { version: null, wheels: '/no/such/folder' })
    expect((await lab.comesToRest(missing)).state).toMatchObject({ is: 'degraded', error: { code: 'ray.no-wheels' } })
    await lab.end(missing)
    const clusterId = await lab.launch('offline', { version: null, wheels })
    await lab.rests(clusterId, 'ready')
    expect((await lab.ray(clusterId)).is).toBe('running')
    await lab.end(clusterId)
  })
})

describe.skipIf(noRay !== null)('Ray on a machine whose GPUs are shared', { timeout: 280_000 }, () => {
  test('it has the GPUs of its cluster, by their numbers, and a cluster without has none', async () => {
    const env = {
      PATH: `${resolve('e2e/substrate/nvidia-smi')}:${process.env.PATH}`,
      NVIDIA_SMI_CAPTURE: resolve('e2e/substrate/nvidia-smi/captures/eight-h100'),
    }
    const lab = await openLab([{ env }])
    try {
      const small = await lab.launch('small', null, 'first', { [lab.ids[0]!]: 5 })
      await lab.rests(small, 'ready')
      const rest = await lab.launch('rest', undefined, 'first', { [lab.ids[0]!]: 2 })
      await lab.rests(rest, 'ready')
      const program = `
import os, ray
ray.init()
@ray.remote(num_gpus=2)
def sees(): return os.environ["CUDA_VISIBLE_DEVICES"]
print(int(ray.cluster_resources()["GPU"]), int(ray.cluster_resources()["H100"]), ray.get(sees.remote()))`
      expect(run(await lab.ray(rest), 0, program)).toMatch(/^2 2 5,6$/m)
      await lab.end(rest)
      const none = await lab.launch('none', undefined, 'first', { [lab.ids[0]!]: 0 })
      await lab.rests(none, 'ready')
      expect(run(await lab.ray(none), 0, 'import ray; ray.init(); print(ray.cluster_resources().get("GPU"))')).toMatch(/^None$/m)
      await lab.end(none)
    } finally {
      await lab.close()
    }
  })
})

type Lab = Awaited<ReturnType<typeof openLab>>

/** An engine of its own, and hosts of which it knows. */
async function openLab(options: SshdOptions[]) {
  const hosts = await Promise.all(options.map(startSshd))
  const { client, snapshot, home, close } = await engineUnderTest(hosts)
  const found = (await client().places.found()).groups[0]?.hosts ?? []
  const known = found.map(({ host, user, port, identityFile, jump }) => ({ host, user, port, identityFile, jump }))
  const { id: placeId } = await client().places.save({ name: 'Lab', hosts: known })
  const ids = (await client().places.offers({ placeId })).map(({ id }) => id)

  const read = (clusterId: string): Promise<Cluster> => client().clusters.read({ clusterId })
  /** Waits for its operation to end. */
  async function comesToRest(clusterId: string): Promise<Cluster> {
    const open = ['launching', 'starting', 'stopping', 'terminating']
    await vi.waitFor(async () => expect(open).not.toContain((await read(clusterId)).state.is), {
      timeout: 150_000,
      interval: 100,
    })
    return read(clusterId)
  }
  /** The same, and says why it did not end well. */
  async function rests(clusterId: string, is: Cluster['state']['is']): Promise<void> {
    const { state } = await comesToRest(clusterId)
    expect(state.is, JSON.stringify(state, null, 2)).toBe(is)
  }
  return {
    hosts,
    ids,
    client,
    read,
    rests,
    comesToRest,
    ray: async (clusterId: string): Promise<Ray> => (await read(clusterId)).ray as Ray,
    launch: async (
      name: string,
      ray: Ray['wish'] | null = { version: null, wheels: null },
      on: 'all' | 'first' = 'all',
      gpus: Record<string, number> = {},
    ) => {
      const taken = on === 'all' ? ids : ids.slice(0, 1)
      const asked = { placeId, offerId: taken[0] as string, name, spec: { hosts: taken, gpus }, ray }
      return (await client().clusters.launch(asked)).clusterId
    },
    ends: async (clusterId: string, operationId: string) => {
      const operation = async () => (await client().operations.list({ clusterId })).find(({ id }) => id === operationId)
      await vi.waitFor(async () => expect((await operation())?.endedAt).not.toBeNull(), { timeout: 150_000, interval: 100 })
      const { state, error } = (await operation())!
      expect(state, JSON.stringify(error, null, 2)).toBe('done')
    },
    end: async (clusterId: string) => {
      await client().clusters.terminate({ clusterId })
      await rests(clusterId, 'terminated')
    },
    events: async () => (await client().events.list({ limit: 100 })).map(({ text }) => text),
    nodeId: async (clusterId: string, rank: number): Promise<string> => {
      const { nodes } = await snapshot()
      return nodes.find((node) => node.clusterId === clusterId && node.rank === rank)!.id
    },
    close: async () => {
      await close()
      for (const host of hosts) endAllIn(host.home)
      await Promise.all(hosts.map((host) => host.stop()))
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** A program of the cluster's Python on a node; what it prints. */
function run(ray: Ray, rank: number, program: string): string {
  const on = rayOnNode(ray, ray.nodes[rank]!.nodeId)!
  return execFileSync(on.python, ['-c', program], {
    env: { PATH: process.env.PATH, ...on.env },
    encoding: 'utf8',
    timeout: 60_000,
  })
}

/** The status that the dashboard answers with. */
async function asks(ray: Ray, path: string, withToken: boolean): Promise<number> {
  const on = rayOnNode(ray, ray.nodes[0]!.nodeId)!
  const headers: Record<string, string> = withToken ? { Authorization: `Bearer ${readFileSync(on.tokenFile, 'utf8')}` } : {}
  return (await fetch(on.jobsUrl + path, { headers })).status
}

/** Processes of programs within these homes, as `ps` has them. */
function processesIn(hosts: Sshd[]): string[] {
  const all = execFileSync('ps', ['-eo', 'pid=,stat=,args='], { encoding: 'utf8' }).split('\n')
  return all.filter((line) => hosts.some(({ home }) => line.includes(home))).map((line) => line.slice(0, 200))
}

/** The main daemons of the nodes in this home. */
function raylets({ home }: Sshd): number[] {
  const all = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n')
  const lines = all.filter((line) => line.includes('/raylet/raylet ') && line.includes(home))
  return lines.map((line) => Number(line.trim().split(' ')[0]))
}

/** What a failed test left. */
function endAllIn(home: string): void {
  const all = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n')
  for (const line of all) if (line.includes(home)) spawnSync('kill', ['-9', line.trim().split(' ')[0] as string])
}
