import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { noSshd, type Sshd, startSshd } from '../../../e2e/substrate/sshd.ts'
import type { Cluster } from '../../shared/cluster.ts'
import type { Ray } from '../../shared/ray.ts'
import { type Engine, openEngine } from '../engine.ts'
import { rayOnNode } from './on-node.ts'

// Real Ray out of PyPI, on nodes that are real sshds of this machine, by the whole engine.

const noRay = noSshd ?? noPython()
if (noRay) console.warn(`skipped: ${noRay}`)

describe.skipIf(noRay !== null)('Ray on SSH machines', { timeout: 240_000 }, () => {
  let hosts: Sshd[]
  let home: string
  let realHome: string | undefined
  let engine: Engine
  const client = () => createRouterClient(engine.router, { context: { host: 'web' } })

  beforeAll(async () => {
    hosts = await Promise.all([startSshd(), startSshd()])
    home = mkdtempSync(join(tmpdir(), 'styx-ray-test-'))
    mkdirSync(join(home, '.styx'), { mode: 0o700 })
    mkdirSync(join(home, '.ssh'), { mode: 0o700 })
    const config = hosts.map(
      ({ port, user, keys }, index) =>
        `Host gpu${index}\n  HostName 127.0.0.1\n  Port ${port}\n  User ${user}\n  IdentityFile ${keys[0]}\n  IdentitiesOnly yes\n`,
    )
    writeFileSync(join(home, '.ssh/config'), config.join('\n'), { mode: 0o600 })
    writeFileSync(join(home, '.ssh/known_hosts'), hosts.map(({ knownHost }) => knownHost).join(''))
    realHome = process.env.HOME
    process.env.HOME = home
    engine = await openEngine({ stateFolder: join(home, '.styx'), resources: resolve('resources'), version: '0' })
  })
  afterAll(async () => {
    await engine.close()
    process.env.HOME = realHome
    for (const { home: there } of hosts) endAllIn(there)
    await Promise.all(hosts.map((host) => host.stop()))
    rmSync(home, { recursive: true, force: true })
  })

  async function place() {
    const found = (await client().places.found()).groups[0]?.hosts ?? []
    const known = found.map(({ host, user, port, identityFile, jump }) => ({ host, user, port, identityFile, jump }))
    const pool = await client().places.save({ name: `Lab ${Math.random()}`, hosts: known })
    const offers = await client().places.offers({ placeId: pool.id })
    return { placeId: pool.id, ids: offers.map(({ id }) => id) }
  }
  async function launch(name: string, ray: Ray['wish'] | null = { version: null, wheels: null }, on: 'both' | 'first' = 'both') {
    const { placeId, ids } = await place()
    const taken = on === 'both' ? ids : ids.slice(0, 1)
    const asked = { placeId, offerId: taken[0] as string, name, spec: { hosts: taken }, ray }
    return (await client().clusters.launch(asked)).clusterId
  }
  const read = (clusterId: string): Promise<Cluster> => client().clusters.read({ clusterId })
  /** Waits for its operation to end, and says why it did not end well. */
  async function rests(clusterId: string, is: Cluster['state']['is']): Promise<void> {
    const open = ['launching', 'starting', 'stopping', 'terminating']
    await vi.waitFor(async () => expect(open).not.toContain((await read(clusterId)).state.is), {
      timeout: 120_000,
      interval: 100,
    })
    const { state } = await read(clusterId)
    expect(state.is, JSON.stringify(state, null, 2)).toBe(is)
  }
  const ray = async (clusterId: string): Promise<Ray> => (await read(clusterId)).ray as Ray

  test('from nothing to a Ray with all nodes in it; stopped, started, terminated without a trace', async () => {
    const clusterId = await launch('whole')
    await rests(clusterId, 'ready')
    const now = await ray(clusterId)
    expect(now).toMatchObject({ is: 'running', guarded: true, error: null })
    expect(now.nodes.map(({ alive, ip }) => [alive, ip])).toEqual([
      [true, '127.0.10.1'],
      [true, '127.0.10.2'],
    ])
    expect(run(now, 0, 'import ray; ray.init(); print(len(ray.nodes()))')).toMatch(/^2$/m)
    expect(await asks(now, '/api/version', false)).toBe(401)
    expect(await asks(now, '/api/version', true)).toBe(200)

    await client().clusters.stop({ clusterId })
    await rests(clusterId, 'stopped')
    expect(processesIn(hosts)).toEqual([])
    expect((await ray(clusterId)).is).toBe('stopped')

    await client().clusters.start({ clusterId })
    await rests(clusterId, 'ready')
    expect((await ray(clusterId)).is).toBe('running')

    await client().clusters.terminate({ clusterId })
    await rests(clusterId, 'terminated')
    expect(processesIn(hosts)).toEqual([])
    for (const { home: there } of hosts) expect(readdirSync(there)).toEqual([])
    expect(existsSync((await ray(clusterId)).nodes[0]?.temp ?? now.nodes[0]!.temp!)).toBe(false)
  })
})

function noPython(): string | null {
  const found = spawnSync('python3', ['-c', 'import venv, ensurepip'])
  if (found.status !== 0) return 'there is no python3 with venv here (apt-get install python3-venv)'
  const index = spawnSync('python3', ['-m', 'pip', 'download', '--no-deps', '-q', '-d', tmpdir(), 'click'], { timeout: 30_000 })
  return index.status === 0 ? null : 'PyPI cannot be reached from here (Ray comes from there)'
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
  return all.filter((line) => hosts.some(({ home }) => line.includes(home)))
}

/** What a failed test left. */
function endAllIn(home: string): void {
  const all = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n')
  for (const line of all) if (line.includes(home)) spawnSync('kill', ['-9', line.trim().split(' ')[0] as string])
}
