import { errorDataOf } from '../../../shared/error.ts'
import { sshName } from '../../../shared/node.ts'
import type { Finding, Health, HostHealth, Place } from '../../../shared/place.ts'
import { type PoolHost, poolSettings } from '../../../shared/pool.ts'
import type { MachineReport } from '../../gpu/facts.ts'
import { readFacts } from '../../gpu/read-facts.ts'
import { type Found, findingsOf, plainFindings } from '../findings.ts'
import type { ProviderOptions } from '../provider.ts'
import { reach } from './reach.ts'
import { resolveHost, type Surroundings } from './resolve.ts'
import { readSurroundings } from './surroundings.ts'

/** Its answer is a second old at most, and what reads clocks across machines bears no more than this. */
const SKEW_NOTED_MS = 60_000

/**
 * Looks at all machines of a pool side by side; each row is told as it comes. As long as it takes: a machine may be waiting for the user.
 */
export async function checkPool(
  place: Place,
  options: Pick<ProviderOptions, 'transport' | 'resources'>,
  tell: (health: Health) => void,
  signal: AbortSignal,
): Promise<Health> {
  const { hosts } = poolSettings.parse(place.settings)
  const around = await readSurroundings()
  const rows = hosts.map((host) => begin(host, around))
  const say = () => tell(poolHealth(place, rows))
  say()
  try {
    await Promise.all(
      rows.map(async (row, index) => {
        if (row.state !== 'checking') return
        rows[index] = await checkHost(hosts[index] as PoolHost, row, around, options, signal)
        signal.throwIfAborted()
        say()
      }),
    )
  } catch (error) {
    for (const [index, row] of rows.entries()) if (row.state === 'checking') rows[index] = { ...row, state: 'unknown' }
    say()
    throw error
  }
  return poolHealth(place, rows)
}

function begin(host: PoolHost, around: Surroundings): HostHealth {
  const row: HostHealth = {
    hostId: host.id,
    address: '',
    through: [],
    state: 'checking',
    error: null,
    usable: false,
    findings: [],
    facts: null,
    clockSkew_ms: null,
    processes: null,
  }
  try {
    const endpoint = resolveHost(host, around)
    return { ...row, address: sshName(endpoint), through: endpoint.jump.map(sshName) }
  } catch (error) {
    return { ...row, state: 'unreachable', error: errorDataOf(error) }
  }
}

async function checkHost(
  host: PoolHost,
  row: HostHealth,
  around: Surroundings,
  { transport, resources }: Pick<ProviderOptions, 'transport' | 'resources'>,
  signal: AbortSignal,
): Promise<HostHealth> {
  const way = transport(resolveHost(host, around))
  try {
    await reach(way, signal)
  } catch (error) {
    signal.throwIfAborted()
    const data = errorDataOf(error, row.address)
    return { ...row, state: REFUSED.test(data.code) ? 'refused' : 'unreachable', error: data }
  }
  try {
    const from = Date.now()
    const report = await readFacts(way, resources, signal, 'processes')
    const clockSkew_ms = skewOf(report, from, Date.now())
    const found = [...findingsOf(report), ...clock(clockSkew_ms)]
    const usable = !found.some(({ blocking }) => blocking)
    const processes = report.processes?.map(({ uuid, process }) => ({ gpu: uuid, ...process })) ?? null
    return { ...row, state: 'in', usable, findings: plainFindings(found), facts: report.facts, clockSkew_ms, processes }
  } catch (error) {
    signal.throwIfAborted()
    return { ...row, state: 'in', error: errorDataOf(error, row.address) }
  }
}

/** It answers, and lets us not in. */
const REFUSED = /^(ask\.|ssh\.(host-key|login|passphrase|no-common|no-shell|known-hosts))/

/** Between the middles of what it said and of when it was asked, ms. Whole seconds are told: half of one is added. Pure. */
export function skewOf({ clock_s }: Pick<MachineReport, 'clock_s'>, from: number, to: number): number | null {
  if (clock_s === null) return null
  const [begin, end] = clock_s
  return Math.round(((begin + end + 1) * 1000 - (from + to)) / 2)
}

function clock(skew_ms: number | null): Found[] {
  if (skew_ms === null || Math.abs(skew_ms) < SKEW_NOTED_MS) return []
  return [
    {
      level: 'note',
      what: `Its clock is ${timeWords(Math.abs(skew_ms))} ${skew_ms > 0 ? 'ahead' : 'behind'}`,
      why: 'Times in its logs are wrong by that much, and certificates may not be valid there.',
      wayOut: 'Let it keep time by itself.',
      command: 'sudo timedatectl set-ntp true',
    },
  ]
}

function timeWords(ms: number): string {
  const minutes = Math.round(ms / 60_000)
  if (minutes < 120) return `${minutes} min`
  const hours = Math.round(ms / 3_600_000)
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`
}

/** What the rows come to together. Pure. */
function poolHealth(place: Place, rows: readonly HostHealth[]): Health {
  const usable = rows.filter((row) => row.usable).length
  const done = rows.filter(({ state }) => state !== 'checking' && state !== 'unknown').length
  return {
    placeId: place.id,
    at: Date.now(),
    usable: usable > 0,
    findings: [summary(usable, done, rows.length)],
    machine: null,
    hosts: [...rows],
  }
}

function summary(usable: number, done: number, all: number): Finding {
  const machines = (n: number) => `${n} ${n === 1 ? 'machine' : 'machines'}`
  const plain = { wayOut: '', command: '' }
  if (all === 0) {
    return { level: 'problem', what: 'No machines', why: 'The pool is empty.', wayOut: 'Add machines to it.', command: '' }
  }
  if (done < all)
    return { level: 'note', what: `${done} of ${machines(all)} checked`, why: 'The others have not answered.', ...plain }
  if (usable === all) return { level: 'ok', what: `${machines(all)}, all usable`, why: '', ...plain }
  return {
    level: usable === 0 ? 'problem' : 'note',
    what: `${usable} of ${machines(all)} usable`,
    why: 'The rows say why the others are not.',
    wayOut: 'Mend what they name and check again.',
    command: '',
  }
}
