import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRouterClient } from '@orpc/server'
import type { Client } from 'ssh2'
import { holdRayLock, noRayHere } from '../../e2e/substrate/ray.ts'
import { startSshd } from '../../e2e/substrate/sshd.ts'
import { openEngine } from '../../src/main/engine.ts'
import type { Bench } from './bench.ts'

/** Of eight nodes two are what two cores bear: with four a raylet was not up in Ray's own time. */
const NODES = 2
const READY_MS = 200_000

/**
 * A cluster with Ray that is there already, stopped and started: how much longer it takes than its programs on the nodes run. What
 * stands by all the time, as the readings do, is no wait.
 */
export const rayStart: Bench = {
  name: `start of ${NODES} nodes with Ray present, our own part`,
  unit: '% of its waits',
  runs: 3,
  goal: { is: 'at-most', limit: 20 },
  open: async (signal) => {
    const reason = noRayHere()
    if (reason) throw new Error(reason)
    const letGo = await holdRayLock()
    const waits = watchPrograms()
    const hosts = await Promise.all(Array.from({ length: NODES }, () => startSshd()))
    const home = await mkdtemp(join(tmpdir(), 'styx-bench-ray-'))
    for (const folder of ['.styx', '.ssh']) await mkdir(join(home, folder), { mode: 0o700 })
    await writeFile(join(home, '.ssh/known_hosts'), hosts.map(({ knownHost }) => knownHost).join(''))
    const before = process.env.HOME
    process.env.HOME = home
    const resources = join(import.meta.dirname, '../../resources')
    const engine = await openEngine({ stateFolder: join(home, '.styx'), resources, version: '0' })
    const api = createRouterClient(engine.router, { context: { host: 'web' } })
    let clusterId: string | null = null

    const until = async (wanted: 'ready' | 'stopped' | 'terminated') => {
      const end = Date.now() + READY_MS
      for (;;) {
        const { state } = await api.clusters.read({ clusterId: clusterId! })
        if (state.is === wanted) return
        if (state.is === 'failed' || state.is === 'degraded' || Date.now() > end)
          throw new Error(`The cluster is ${state.is}, not ${wanted}`)
        await sleep(50, undefined, { signal })
      }
    }
    const close = async () => {
      if (clusterId) {
        await api.clusters.terminate({ clusterId })
        await until('terminated')
      }
      await engine.close()
      process.env.HOME = before
      await Promise.all(hosts.map((host) => host.stop()))
      await rm(home, { recursive: true, force: true })
      letGo()
    }
    try {
      const place = await api.places.save({
        name: 'Bench',
        hosts: hosts.map(({ port, user, keys }) => ({ host: '127.0.0.1', user, port, identityFile: keys[0], jump: null })),
      })
      const ids = (await api.places.offers({ placeId: place.id })).map(({ id }) => id)
      const ray = { version: null, wheels: null }
      const wish = { placeId: place.id, offerId: ids[0]!, name: 'bench', spec: { hosts: ids }, ray }
      clusterId = (await api.clusters.launch(wish)).clusterId
      await until('ready')
    } catch (error) {
      await close()
      throw error
    }
    const run = async () => {
      await api.clusters.stop({ clusterId: clusterId! })
      await until('stopped')
      await api.clusters.start({ clusterId: clusterId! })
      await until('ready')
      const operations = await api.operations.list({ clusterId: clusterId! })
      const { createdAt, endedAt } = operations
        .filter(({ kind }) => kind === 'start')
        .sort((a, b) => b.createdAt - a.createdAt)[0]!
      const waited = waits(createdAt, endedAt!)
      return ((endedAt! - createdAt - waited) / waited) * 100
    }
    return { ours: { name: 'Styx', run }, close }
  },
}

/**
 * Notes when programs run over ssh, by the library's own way to begin one, under all that is ours. Answers for how much of a time at
 * least one did that has ended by now, ms.
 */
function watchPrograms(): (from: number, to: number) => number {
  const { Client: ssh } = createRequire(import.meta.url)('ssh2') as { Client: typeof Client }
  const ran: { from: number; to: number }[] = []
  const exec = ssh.prototype.exec as (...args: unknown[]) => Client
  ssh.prototype.exec = function (this: Client, ...args: unknown[]) {
    const from = Date.now()
    const told = args.pop() as (error: Error | undefined, channel?: NodeJS.EventEmitter) => void
    return exec.call(this, ...args, (error: Error | undefined, channel?: NodeJS.EventEmitter) => {
      channel?.once('close', () => ran.push({ from, to: Date.now() }))
      told(error, channel)
    })
  } as Client['exec']
  return (from, to) => {
    let [waited, at] = [0, from]
    for (const one of ran.filter((one) => one.from >= from).sort((a, b) => a.from - b.from)) {
      const end = Math.min(one.to, to)
      if (end <= at) continue
      waited += end - Math.max(at, one.from)
      at = end
    }
    return waited
  }
}
