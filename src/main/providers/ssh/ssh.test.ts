import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { noSshd, type Sshd, startSshd } from '../../../../e2e/substrate/sshd.ts'
import type { Health, Place } from '../../../shared/place.ts'
import { createAsks } from '../../asks.ts'
import { createConnections } from '../../transports/connections.ts'
import { drive, providerConformance, type Subject } from '../conformance.ts'
import type { Observation } from '../provider.ts'
import { createSshProvider } from './index.ts'

const RESOURCES = join(import.meta.dirname, '../../../../resources')
const STAND_IN = join(import.meta.dirname, '../../../../e2e/substrate/nvidia-smi')
const INSTALLATION = 'installation-under-test'
const NO_SECRETS = Promise.resolve({
  kept: 'memory' as const,
  why: '',
  read: async () => null,
  write: async () => {},
  remove: async () => {},
})

describe.skipIf(noSshd !== null)('SSH machines', { timeout: 60_000 }, () => {
  let sshds: Sshd[]
  beforeAll(async () => {
    sshds = await Promise.all([startSshd(), startSshd()])
    for (const { home } of sshds) {
      await mkdir(join(home, '.styx-node/another-installation/cluster/node'), { recursive: true })
      await writeFile(join(home, '.styx-node/another-installation/cluster/node/weights'), 'precious')
    }
  })
  afterAll(async () => {
    await Promise.all(sshds.map((sshd) => sshd.stop()))
  })

  async function openSubject(): Promise<Subject & { asks: ReturnType<typeof createAsks> }> {
    const home = await mkdtemp(join(tmpdir(), 'styx-us-'))
    const knownHosts = join(home, 'known_hosts')
    await writeFile(knownHosts, sshds.map(({ knownHost }) => knownHost).join(''))
    vi.stubEnv('HOME', home)
    const asks = createAsks(() => {})
    const connections = createConnections({ asks, secrets: NO_SECRETS, knownHosts: [knownHosts] })
    const { transport } = connections
    const hosts = sshds.map(hostOf)
    return {
      provider: createSshProvider({
        resources: RESOURCES,
        installationId: INSTALLATION,
        transport,
        nodes: () => [],
        clusterName: (id) => id,
      }),
      place: { id: 'lab', kind: 'ssh', name: 'Lab', settings: { hosts } },
      spec: { hosts: ['h1', 'h0'] },
      installationId: INSTALLATION,
      transport,
      asks,
      world: async () => (await Promise.all(sshds.map((sshd) => listing(sshd.home)))).join('\n---\n'),
      close: async () => {
        await connections.close()
        vi.unstubAllEnvs()
        await rm(home, { recursive: true })
      },
    }
  }

  providerConformance('ssh', openSubject)

  const withHost = (place: Place, change: object): Place => {
    const { hosts } = place.settings as { hosts: object[] }
    return { ...place, settings: { hosts: [hosts[0], { ...hosts[1], ...change }] } }
  }

  test('a check tells each row as it comes; a host that is not there or cannot be used does not hinder the others', async () => {
    const subject = await openSubject()
    const nowhere = withHost(subject.place, { port: 1 })
    const told: Health[] = []
    const health = await subject.provider.check(nowhere, (one) => told.push(one), new AbortController().signal)
    expect(told[0]?.hosts.map(({ state }) => state)).toEqual(['checking', 'checking'])
    expect(health).toMatchObject({
      usable: true,
      findings: [{ level: 'note', what: '1 of 2 machines usable' }],
      hosts: [
        { hostId: 'h0', state: 'in', usable: true, facts: { cores: expect.any(Number) } },
        { hostId: 'h1', state: 'unreachable', usable: false, error: { code: 'ssh.refused' }, facts: null },
      ],
    })
    const odd = withHost(subject.place, { identityFile: '/no/such/key', jump: 'h0,-x' })
    const refused = await subject.provider.check(odd, () => {}, new AbortController().signal)
    expect(refused.hosts[1]).toMatchObject({ state: 'unreachable', error: { code: 'ssh-config.invalid' } })
    const offers = []
    for await (const one of subject.provider.offers(nowhere, new AbortController().signal)) offers.push(one)
    expect(offers.map(({ id, available }) => [id, available.is])).toEqual([
      ['h0', 'yes'],
      ['h1', 'no'],
    ])
    await subject.close()
  })

  test('who computes on the GPUs of a machine, ours or not, is in its row', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'styx-smi-'))
    const gpu = 'GPU-11111111-2222-3333-4444-555555555555'
    const app = `app ${gpu}|${process.pid}|python|512\n`
    await writeFile(join(folder, 'capture'), `fields uuid|name|memory.total\nrow ${gpu}|NVIDIA L4|23034\n${app}`)
    const env = { PATH: `${STAND_IN}:${process.env.PATH}`, NVIDIA_SMI_CAPTURE: join(folder, 'capture') }
    const sshd = await startSshd({ env })
    const subject = await openSubject()
    await writeFile(join(process.env.HOME as string, 'known_hosts'), sshd.knownHost)
    const place = { ...subject.place, settings: { hosts: [hostOf(sshd, 0)] } }
    const { hosts } = await subject.provider.check(place, () => {}, new AbortController().signal)
    expect(hosts).toMatchObject([
      {
        facts: { gpus: [{ uuid: gpu, name: 'NVIDIA L4', memory_MiB: 23_034 }] },
        processes: [
          { gpu, pid: process.pid, user: expect.any(String), command: expect.stringContaining('node'), memory_MiB: 512 },
        ],
      },
    ])
    await subject.close()
    await sshd.stop()
    await rm(folder, { recursive: true })
  })

  test('a host whose key nobody knows is `checking` while it is asked, and `refused` when the user says no', async () => {
    const subject = await openSubject()
    await writeFile(join(process.env.HOME as string, 'known_hosts'), '')
    const checked = subject.provider.check(subject.place, () => {}, new AbortController().signal)
    await vi.waitFor(() => expect(subject.asks.open()).toHaveLength(2))
    const asks = subject.asks.open()
    const yes = asks.find(({ about }) => about.endsWith(`:${sshds[0]?.port}`))
    for (const ask of asks) {
      if (ask.kind !== 'host-key') throw new Error(ask.kind)
      if (ask === yes) subject.asks.answer({ askId: ask.id, value: ask.fingerprint, remember: false })
      else subject.asks.dismiss(ask.id)
    }
    expect((await checked).hosts).toMatchObject([
      { state: 'in', usable: true },
      { state: 'refused', error: { code: 'ask.dismissed' } },
    ])
    await subject.close()
  })

  test('a machine whose clock is a day ahead can be used, and says so', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'styx-date-'))
    await writeFile(join(folder, 'date'), '#!/bin/sh\necho $(($(/bin/date +%s) + 86400))\n', { mode: 0o755 })
    const sshd = await startSshd({ env: { PATH: `${folder}:${process.env.PATH}` } })
    const subject = await openSubject()
    await writeFile(join(process.env.HOME as string, 'known_hosts'), sshd.knownHost)
    const place = { ...subject.place, settings: { hosts: [hostOf(sshd, 0)] } }
    const [row] = (await subject.provider.check(place, () => {}, new AbortController().signal)).hosts
    expect(row).toMatchObject({ state: 'in', usable: true })
    expect(Math.abs((row?.clockSkew_ms ?? 0) - 86_400_000)).toBeLessThan(5_000)
    expect(row?.findings).toContainEqual(expect.objectContaining({ level: 'note', what: 'Its clock is 24 h ahead' }))
    await subject.close()
    await sshd.stop()
    await rm(folder, { recursive: true })
  })

  test('a check that is ended says of who had not answered that it is unknown', async () => {
    const subject = await openSubject()
    await writeFile(join(process.env.HOME as string, 'known_hosts'), sshds[0]?.knownHost ?? '')
    const stop = new AbortController()
    const told: string[][] = []
    const tell = ({ hosts }: Health) => void told.push(hosts.map(({ state }) => state))
    const checked = subject.provider.check(subject.place, tell, stop.signal)
    checked.catch(() => {})
    await vi.waitFor(() => expect(told.at(-1)).toEqual(['in', 'checking']), 10_000)
    stop.abort()
    await expect(checked).rejects.toThrow()
    expect(told.at(-1)).toEqual(['in', 'unknown'])
    await vi.waitFor(() => expect(subject.asks.open()).toEqual([]))
    await subject.close()
  })

  test('a spec that names a machine twice is refused', async () => {
    const subject = await openSubject()
    expect(subject.provider.spec.safeParse({ hosts: ['h0', 'h0'] }).success).toBe(false)
    expect(subject.provider.wants({ hosts: ['h1', 'h0'], gpus: { h0: 2 } }, 'h0')).toEqual([
      { offerId: 'h1', externalId: 'h1', gpus: null },
      { offerId: 'h0', externalId: 'h0', gpus: 2 },
    ])
    expect(subject.provider.wants({}, 'h0')).toEqual([{ offerId: 'h0', externalId: 'h0', gpus: null }])
    await subject.close()
  })

  test('a node that is cut off is unknown within 10 s, not gone, and is seen again by itself; a folder that goes is gone', async () => {
    const subject = await openSubject()
    const driver = drive(subject)
    await driver.run('launch')
    const stop = new AbortController()
    const seen: { at: number; states: string }[] = []
    const watching = subject.provider.watch(
      () => [{ cluster: driver.cluster, nodes: driver.nodes() }],
      (all: Observation[]) => {
        for (const one of all)
          seen.push({ at: Date.now(), states: 'nodes' in one ? one.nodes.map(({ state }) => state).join() : 'unknown' })
      },
      stop.signal,
    )
    const states = (wanted: string, timeout: number) =>
      vi.waitFor(() => expect(seen.at(-1)?.states).toBe(wanted), { timeout, interval: 50 })
    await states('up,up', 10_000)

    const frozen = sshds[0] as Sshd // rank 1
    const pids = frozen.children()
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
    await states('up,unknown', 10_000)
    for (const pid of pids) process.kill(pid, 'SIGCONT')
    await states('up,up', 10_000)

    await frozen.restart() // its connections are cut, and it is there again
    await vi.waitFor(() => expect(seen.map((one) => one.states).slice(-2)).toEqual(['up,unknown', 'up,up']), 15_000)

    const folder = join(frozen.home, '.styx-node', INSTALLATION)
    await rm(folder, { recursive: true })
    await states('up,gone', 15_000)
    stop.abort()
    await watching
    await driver.run('start')
    expect(driver.nodes().map(({ state }) => state)).toEqual(['up', 'up'])
    await driver.run('terminate')
    await subject.close()
  })
})

if (noSshd) test.skip(`SSH machines: ${noSshd}`)

const hostOf = ({ port, user, keys }: Sshd, index: number) => ({
  id: `h${index}`,
  host: '127.0.0.1',
  user,
  port,
  identityFile: keys[0],
  jump: null,
})

async function listing(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const lines = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name)
    const content = entry.isFile() ? await readFile(path, 'utf8') : entry.isSymbolicLink() ? await readlink(path) : ''
    return `${relative(folder, path)} ${content}`
  })
  return (await Promise.all(lines)).sort().join('\n')
}
