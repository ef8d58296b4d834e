// What of the engine a board of 100 clusters × 8 nodes × 8 GPUs keeps busy, for bench/board.ts: sampler, history, notes, streams and the
// web host are the real ones. Only the machines are made up: each says once a second what resources/node/sample.sh would.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { keepNotes } from '../../src/main/clusters/notes.ts'
import { followSamples, reachableMachines, sampleInBackground } from '../../src/main/clusters/samples.ts'
import { createHistory } from '../../src/main/gpu/history.ts'
import { createSampler } from '../../src/main/gpu/sampler.ts'
import { loadPages } from '../../src/main/hosts/pages.ts'
import { serveWeb } from '../../src/main/hosts/web-server.ts'
import { createCluster } from '../../src/main/storage/cluster-records.ts'
import { openDatabase } from '../../src/main/storage/database.ts'
import { openHistory } from '../../src/main/storage/history-records.ts'
import { saveNode } from '../../src/main/storage/node-records.ts'
import { savePlace } from '../../src/main/storage/place-records.ts'
import type { Process, Transport } from '../../src/main/transports/transport.ts'
import { CORES, createCrowd, crowdSnapshot, GPUS } from './crowd.ts'

const root = join(import.meta.dirname, '../..')
const folder = await mkdtemp(join(tmpdir(), 'styx-crowd-'))
const closing = new AbortController()
const { signal } = closing
const { database: db } = openDatabase(folder)
const snapshot = crowdSnapshot()
db.transaction(() => {
  for (const place of snapshot.places) savePlace(db, place)
  for (const cluster of snapshot.clusters) createCluster(db, cluster)
  for (const node of snapshot.nodes) saveNode(db, { ...node, endpoint: { via: 'local' } })
})

// A loop is begun for each machine, in the order in which they are watched: so each gets the words of its own GPUs.
const machines = [...reachableMachines(db, []).values()]
let begun = 0
const transport: Transport = {
  exec: async (_argv, options) => madeUpMachine(machines[begun++ % machines.length]!.gpus, options.signal),
  shell: async () => ['sh'],
  forward: async (port) => ({ localPort: port, close: () => {} }),
  watch: () => {},
  wake: () => {},
  close: async () => {},
}

const sampler = createSampler({ transport: () => transport, resources: join(root, 'resources'), signal })
const { records } = openHistory(folder)
const history = createHistory({ records, sampler, signal })
sampleInBackground(db, sampler, () => reachableMachines(db, []), signal)
keepNotes({ db, sampler, health: new Map(), notes: new Map(), signal })

const served = createCrowd(snapshot, (input, ended) => followSamples(sampler, reachableMachines(db, []), input, ended))
const pages = await loadPages(join(root, 'out/renderer'))
const web = await serveWeb(served, { pages, port: 0, elsewhere: false, host: '127.0.0.1', tls: null, names: [] })

process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ cpu_us: user + system })
})
// However the bench ends, nothing of it stays.
process.once('disconnect', async () => {
  closing.abort()
  await web.close()
  history.close()
  db.close()
  await rm(folder, { recursive: true, force: true })
  process.exit(0)
})
process.send?.({ link: web.link() })

/** A machine whose every figure changes with every shot. */
function madeUpMachine(gpus: readonly string[], ended: AbortSignal): Process {
  const stdout = new PassThrough()
  const ticks = Array.from({ length: CORES }, () => ({ busy: 0, idle: 0 }))
  let n = 0
  const shot = () => {
    n += 1
    stdout.write(words(n, gpus, ticks))
  }
  let timer: NodeJS.Timeout | undefined
  const stdin = new Writable({
    write: (chunk: Buffer, _, done) => {
      const [interval_s] = String(chunk).split(' ')
      clearInterval(timer)
      timer = setInterval(shot, Number(interval_s) * 1000)
      if (n === 0) shot()
      done()
    },
  })
  const exit = new Promise<{ code: number; signal: null }>((resolve) => {
    const end = () => {
      clearInterval(timer)
      stdout.end()
      resolve({ code: 0, signal: null })
    }
    stdin.once('finish', end)
    ended.addEventListener('abort', end, { once: true })
  })
  return { stdin, stdout, stderr: new PassThrough(), exit, resize: () => {}, kill: () => {} }
}

function words(n: number, gpus: readonly string[], ticks: { busy: number; idle: number }[]): string {
  const upTo = (most: number) => Math.floor(Math.random() * most)
  const rows = gpus
    .slice(0, GPUS)
    .map((uuid) => `gpu ${n} ${uuid}, ${upTo(101)}, ${upTo(81_559)}, ${30 + upTo(50)}, ${70 + upTo(600)}.12`)
  for (const core of ticks) {
    const busy = upTo(101)
    core.busy += busy
    core.idle += 100 - busy
  }
  return [
    `gpu ${n} fields uuid,utilization.gpu,memory.used,temperature.gpu,power.draw`,
    ...rows,
    `gpu-exit ${n} 0`,
    `disk ${n} /dev/root 4294967296 2147483648 2147483648 50% /`,
    `disk-exit ${n} 0`,
    `tick ${n}`,
    `uptime ${n}.00`,
    ...ticks.map(({ busy, idle }, i) => `core cpu${i} ${busy} 0 0 ${idle} 0 0 0 0`),
    'memory MemTotal: 1073741824',
    `memory MemAvailable: ${upTo(1_073_741_824)}`,
    `net eth0 ${n * 1_000_000} ${n * 500_000}`,
    `end ${n}`,
    '',
  ].join('\n')
}
