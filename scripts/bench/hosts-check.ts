import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { type Sshd, startSshd } from '../../e2e/substrate/sshd.ts'
import { checkPool } from '../../src/main/providers/ssh/check.ts'
import { subject } from '../../src/main/transports/ssh-subject.ts'
import type { Place } from '../../src/shared/place.ts'
import type { Bench, Goal } from './bench.ts'

const HOSTS = 8
const RESOURCES = join(import.meta.dirname, '../../resources')

/**
 * A pool of eight machines checked, each over a connection of its own that is opened for it, against one. All are sshds on this machine,
 * so eight share the cores that one had alone: without a way between, this measures those.
 */
const check = (name: string, roundTrip_ms: number, goal: Goal): Bench => ({
  name,
  unit: 'ms',
  runs: 7,
  goal,
  open: async () => {
    const sshds = await Promise.all(Array.from({ length: HOSTS }, () => startSshd()))
    const ways = await Promise.all(sshds.map((sshd) => openWay(sshd.port, roundTrip_ms)))
    const time = async (hosts: number, signal: AbortSignal) => {
      const names = sshds.map((sshd, i) => sshd.knownHost.replace(`]:${sshd.port} `, `]:${portOf(ways[i]!)} `))
      const { ssh, end } = await subject({ known: names.join('') })
      const from = performance.now()
      const place = poolOf(sshds.slice(0, hosts), ways)
      const { hosts: rows } = await checkPool(place, { transport: reach, resources: RESOURCES }, () => {}, signal)
      const took = performance.now() - from
      end()
      const bad = rows.find(({ usable }) => !usable)
      if (bad) throw new Error(`${bad.address}: ${bad.error?.what ?? bad.findings.map(({ what }) => what).join(', ')}`)
      return took
      function reach(endpoint: Parameters<typeof ssh.transport>[0] | { via: 'local' }) {
        if (endpoint.via === 'local') throw new Error('not in this bench')
        return ssh.transport(endpoint)
      }
    }
    return {
      ours: { name: `${HOSTS} hosts`, run: (signal) => time(HOSTS, signal) },
      against: { name: 'one', run: (signal) => time(1, signal) },
      close: async () => {
        for (const way of ways) way.close()
        await Promise.all(sshds.map((sshd) => sshd.stop()))
      },
    }
  },
})

export const hostsCheck = [
  check(`${HOSTS} hosts checked at once, 100 ms away`, 100, { is: 'ratio-at-most', limit: 1.5 }),
  check(`${HOSTS} hosts checked at once, all on this machine`, 0, { is: 'none', limit: 0 }),
]

const portOf = (way: Server) => (way.address() as AddressInfo).port

const poolOf = (sshds: readonly Sshd[], ways: readonly Server[]): Place => ({
  id: 'pool',
  kind: 'ssh',
  name: 'pool',
  settings: {
    hosts: sshds.map((sshd, i) => ({
      id: `host-${i}`,
      host: '127.0.0.1',
      user: sshd.user,
      port: portOf(ways[i]!),
      identityFile: sshd.keys[0],
      jump: null,
    })),
  },
})

/** A port that leads to another one, as far away as is asked for. */
async function openWay(port: number, roundTrip_ms: number): Promise<Server> {
  const later = (to: Socket) => (chunk: Buffer) => void setTimeout(() => to.write(chunk), roundTrip_ms / 2)
  const way = createServer((from) => {
    const to = connect(port, '127.0.0.1')
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      one.on('data', later(other))
      one.on('error', () => {})
      one.on('close', () => setTimeout(() => other.destroy(), roundTrip_ms / 2))
    }
  })
  way.listen(0, '127.0.0.1')
  await once(way, 'listening')
  return way
}
