import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { noSshd, type Sshd, startSshd } from '../../e2e/substrate/sshd.ts'
import { type EngineUnderTest, engineUnderTest } from './engine-under-test.ts'

// The whole engine over its router, with SSH machines that are real sshds, each with a home folder of its own.

describe.skipIf(noSshd !== null)('clusters on SSH machines', { timeout: 60_000 }, () => {
  let hosts: Sshd[]
  let under: EngineUnderTest
  const client = () => under.client()
  const snapshot = () => under.snapshot()
  const reaches: EngineUnderTest['reaches'] = (...what) => under.reaches(...what)

  beforeAll(async () => {
    hosts = await Promise.all([startSshd(), startSshd()])
  })
  afterAll(async () => {
    await Promise.all(hosts.map((host) => host.stop()))
  })
  beforeEach(async () => {
    for (const { home: there } of hosts) rmSync(join(there, '.styx-node'), { recursive: true, force: true }) // of a test that failed
    under = await engineUnderTest(hosts)
  })
  afterEach(async () => {
    await under.close()
    rmSync(under.home, { recursive: true, force: true })
  })

  /** A pool of what ~/.ssh/config names. */
  async function poolOfFound() {
    const { groups, problems } = await client().places.found()
    expect(problems).toEqual([])
    const found = groups[0]?.hosts ?? []
    return client().places.save({
      name: 'Lab',
      hosts: found.map(({ host, user, port, identityFile, jump }) => ({ host, user, port, identityFile, jump })),
    })
  }

  test('found in ~/.ssh/config, checked side by side, launched as one cluster; a job, a terminal; terminated without a trace', async () => {
    const place = await poolOfFound()
    const health = await client().places.check({ placeId: place.id })
    expect(health.hosts).toMatchObject(
      hosts.map(({ port, user }) => ({ state: 'in', usable: true, error: null, address: `${user}@127.0.0.1:${port}` })),
    )
    for (const { clockSkew_ms } of health.hosts) expect(Math.abs(clockSkew_ms ?? Number.NaN)).toBeLessThan(5_000)
    const offers = await client().places.offers({ placeId: place.id })
    expect(offers.map(({ title, available, heldBy }) => [title, available.is, heldBy])).toEqual([
      ['gpu0', 'yes', []],
      ['gpu1', 'yes', []],
    ])
    const ids = offers.map(({ id }) => id)
    const { clusterId } = await client().clusters.launch({
      placeId: place.id,
      offerId: ids[0] as string,
      name: 'two',
      spec: { hosts: ids },
      job: { yaml: 'name: ranks\nnum_nodes: 2\nrun: |\n  echo "rank $SKYPILOT_NODE_RANK of $STYX_HOST"\n' },
    })
    await reaches(clusterId, 'ready')
    const { nodes } = await snapshot()
    expect(nodes.map(({ rank, state, externalId, innerIp }) => ({ rank, state, externalId, innerIp }))).toEqual(
      ids.map((externalId, rank) => ({ rank, state: 'up', externalId, innerIp: '127.0.0.1' })),
    )
    for (const { home: there } of hosts) expect(existsSync(join(there, '.styx-node'))).toBe(true)
    const held = await client().places.offers({ placeId: place.id })
    expect(held.map(({ heldBy }) => heldBy)).toEqual([[clusterId], [clusterId]])

    const [job] = await client().jobs.list({ limit: 5 })
    const view = { log: `job:${job?.id}`, streams: null }
    await vi.waitFor(async () => expect((await client().jobs.read({ jobId: job?.id ?? '' })).state).toBe('SUCCEEDED'), 20_000)
    const said = async () => (await client().logs.lines({ ...view, from: 0, count: 10 })).map(({ text }) => text).sort()
    await vi.waitFor(async () => expect(await said()).toEqual(hosts.map(({ port }, rank) => `rank ${rank} of ${port}`)), 10_000)

    const terminal = await client().terminals.open({
      on: { is: 'node', nodeId: nodes[1]?.id ?? '' },
      size: { cols: 80, rows: 24 },
    })
    expect(terminal).toMatchObject({ title: 'two · worker 1', ended: null })

    await expect(client().places.remove({ placeId: place.id })).rejects.toMatchObject({ data: { code: 'place.in-use' } })
    await client().clusters.terminate({ clusterId })
    await reaches(clusterId, 'terminated')
    for (const { home: there } of hosts) expect(readdirSync(there)).toEqual([])
    await client().places.remove({ placeId: place.id })
    expect((await snapshot()).places.map(({ id }) => id)).toEqual(['this-machine'])
    expect(readFileSync(join(under.home, '.ssh/known_hosts'), 'utf8')).toBe(hosts.map(({ knownHost }) => knownHost).join(''))
  })

  test('a machine that is cut off is told within 10 s and recovers by itself; a new start finds all again', async () => {
    const place = await poolOfFound()
    const ids = (await client().places.offers({ placeId: place.id })).map(({ id }) => id)
    const spec = { hosts: ids }
    const { clusterId } = await client().clusters.launch({ placeId: place.id, offerId: ids[0] as string, name: 'cut', spec })
    await reaches(clusterId, 'ready')
    const states = async () => (await snapshot()).nodes.map(({ state }) => state)
    const observed = async () => (await client().clusters.read({ clusterId })).observed
    await vi.waitFor(async () => expect((await observed()).at).not.toBeNull(), 15_000)

    const pids = (hosts[1] as Sshd).children()
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
    await vi.waitFor(async () => expect(await states()).toEqual(['up', 'unknown']), 10_000)
    expect(await observed()).toMatchObject({ problem: { code: 'node.silent', what: 'Worker 1: The machine does not answer' } })
    expect((await client().clusters.read({ clusterId })).state.is).toBe('ready')
    for (const pid of pids) process.kill(pid, 'SIGCONT')
    await vi.waitFor(async () => expect(await states()).toEqual(['up', 'up']), 10_000)
    expect((await observed()).problem).toBeNull()
    const texts = (await client().events.list({ clusterId, limit: 10 })).map(({ text }) => text)
    expect(texts.slice(0, 2)).toEqual(['Worker 1 answers again', 'Worker 1: The machine does not answer'])

    await under.reopen()
    const before = Date.now()
    await vi.waitFor(async () => expect((await observed()).at).toBeGreaterThan(before), 15_000)
    expect(await states()).toEqual(['up', 'up'])
    await client().clusters.terminate({ clusterId })
    await reaches(clusterId, 'terminated')
    for (const { home: there } of hosts) expect(readdirSync(there)).toEqual([])
  })

  test('one machine that does not answer keeps none of the others from being cleaned, and its own is done later', async () => {
    const place = await poolOfFound()
    const ids = (await client().places.offers({ placeId: place.id })).map(({ id }) => id)
    const spec = { hosts: ids }
    const { clusterId } = await client().clusters.launch({ placeId: place.id, offerId: ids[0] as string, name: 'half', spec })
    await reaches(clusterId, 'ready')
    const [first, second] = hosts as [Sshd, Sshd]
    for (const pid of [second.pid, ...second.children()]) process.kill(pid, 'SIGKILL')
    const { operationId } = await client().clusters.terminate({ clusterId })
    await reaches(clusterId, 'degraded')
    expect(readdirSync(first.home)).toEqual([])
    expect(readdirSync(second.home)).toEqual(['.styx-node'])
    await second.restart()
    await client().operations.retry({ operationId })
    await reaches(clusterId, 'terminated')
    expect(readdirSync(second.home)).toEqual([])
  })

  test('a machine that is gone for ever: its cluster can be given up, and what is left is named', async () => {
    const place = await poolOfFound()
    const [id] = (await client().places.offers({ placeId: place.id })).map((offer) => offer.id)
    const { clusterId } = await client().clusters.launch({ placeId: place.id, offerId: id as string, name: 'lost' })
    await reaches(clusterId, 'ready')
    await expect(client().clusters.forget({ clusterId })).rejects.toMatchObject({ data: { code: 'cluster.not-empty' } })
    const [gone] = hosts as [Sshd]
    for (const pid of [gone.pid, ...gone.children()]) process.kill(pid, 'SIGKILL')
    await client().clusters.terminate({ clusterId })
    await reaches(clusterId, 'degraded')
    await client().clusters.forget({ clusterId })
    await client().places.remove({ placeId: place.id })
    const [event] = await client().events.list({ limit: 1 })
    expect(event).toMatchObject({
      level: 'warn',
      detail: expect.stringContaining(`${gone.user}@127.0.0.1:${gone.port}: ~/.styx-node/`),
    })
    await gone.restart()
  })
})

if (noSshd) test.skip(`SSH machines: ${noSshd}`)
