// One cluster of 8 nodes × 8 GPUs with 30 days of history, for bench/history.ts: the history, its file and the web host are the real ones.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createHistory, LEVELS } from '../../src/main/gpu/history.ts'
import { packChunk } from '../../src/main/gpu/history-chunk.ts'
import { loadPages } from '../../src/main/hosts/pages.ts'
import { serveWeb } from '../../src/main/hosts/web-server.ts'
import { openHistory } from '../../src/main/storage/history-records.ts'
import { createTopic } from '../../src/main/topics.ts'
import { columnsOf } from '../../src/shared/history.ts'
import type { MachineSample } from '../../src/shared/machine.ts'
import { anySample, createCrowd, crowdSnapshot } from './crowd.ts'

const root = join(import.meta.dirname, '../..')
const folder = await mkdtemp(join(tmpdir(), 'styx-history-bench-'))
const closing = new AbortController()
const all = crowdSnapshot()
const cluster = all.clusters[0]!
const nodes = all.nodes.filter(({ clusterId }) => clusterId === cluster.id)

const { records } = openHistory(folder)
fill()
const samples = createTopic<MachineSample>()
const history = createHistory({ records, sampler: { samples, gpus: () => [] }, signal: closing.signal })

async function* follow({ machineIds }: { machineIds: string[] }, signal: AbortSignal) {
  while (!signal.aborted) {
    yield machineIds.map((id) => anySample(id, Date.now()))
    await sleep(1000, undefined, { signal }).catch(() => {})
  }
}
const served = createCrowd({ ...all, clusters: [cluster], nodes }, follow, history)
const pages = await loadPages(join(root, 'out/renderer'))
const web = await serveWeb(served, { pages, port: 0, elsewhere: false, host: '127.0.0.1', tls: null, names: [] })
process.on('message', async () => {
  closing.abort()
  await web.close()
  history.close()
  await rm(folder, { recursive: true, force: true })
  process.exit(0)
})
process.send?.({ link: web.link(), path: `/clusters/${cluster.id}/gpus` })

/** As 30 days would have left it: figures that wander, as those of machines do, each column another way. */
function fill(): void {
  const now = Date.now()
  let until = now
  for (const [level, { step_ms, row_ms, keep_ms }] of LEVELS.entries()) {
    const next = LEVELS[level + 1]?.row_ms ?? row_ms
    const from = Math.floor((now - keep_ms) / next) * next
    for (const { machineId, facts } of nodes) {
      const gpus = facts!.gpus.map(({ uuid }) => uuid)
      const walks = Array.from({ length: columnsOf(gpus.length) }, () => 50)
      const step = (column: number) => {
        walks[column] = Math.min(100, Math.max(0, walks[column]! + Math.round((Math.random() - 0.5) * 12)))
        return walks[column]!
      }
      const rows = []
      for (let start = from; start < until; start += row_ms)
        rows.push({
          machineId: machineId!,
          level,
          ...packChunk(
            start,
            step_ms,
            gpus,
            walks.map((_, column) => Array.from({ length: row_ms / step_ms }, () => step(column))),
          ),
        })
      records.write(rows)
    }
    until = from
  }
}
