import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench } from './bench.ts'
import { startEngine } from './engine-client.ts'

const COMMAND = 'echo hello; sleep 0.2'

/** From the submission of a job to its first line as a screen would have it, against a bare shell that prints the same. */
export const jobFirstLine: Bench = {
  name: 'job, submit to first line',
  unit: 'ms',
  runs: 15,
  goal: { is: 'added-at-most', limit: 50 },
  open: async (signal) => {
    const engine = await startEngine()
    const { api } = engine
    const [offer] = await api.places.offers({ placeId: 'this-machine' })
    const { clusterId } = await api.clusters.launch({ placeId: 'this-machine', offerId: offer?.id ?? '', name: 'bench' })
    while ((await api.clusters.read({ clusterId })).state.is !== 'ready') await sleep(50, undefined, { signal })
    return {
      ours: {
        name: 'Styx',
        run: async () => {
          const from = performance.now()
          const { jobId } = await api.jobs.submit({ clusterId, job: { yaml: `run: ${COMMAND}` } })
          const view = { log: `job:${jobId}`, streams: null }
          let took = Number.NaN
          for await (const { lines } of await api.logs.follow(view))
            if (lines > 0) {
              await api.logs.lines({ ...view, from: 0, count: 1 })
              took = performance.now() - from
              break
            }
          while ((await api.jobs.read({ jobId })).endedAt === null) await sleep(20, undefined, { signal })
          return took
        },
      },
      against: {
        name: 'sh -c',
        run: async () => {
          const from = performance.now()
          const child = spawn('sh', ['-c', COMMAND], { stdio: ['ignore', 'pipe', 'ignore'] })
          await once(child.stdout, 'data')
          const took = performance.now() - from
          await once(child, 'exit')
          return took
        },
      },
      close: engine.close,
    }
  },
}
