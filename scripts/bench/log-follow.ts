import { setTimeout as sleep } from 'node:timers/promises'
import { chromium } from '@playwright/test'
import { browserLaunchOptions } from '../../e2e/browser.ts'
import type { Bench } from './bench.ts'
import { startEngine } from './engine-client.ts'

const MEASURED_MS = 5000
/** A thousand lines a second, a hundred at a time, for longer than the bench takes. */
const TASK = `
name: thousand
run: |
  for n in $(seq 0 100 120000); do
    seq -f 'step %.0f  loss 2.1232  lr 2.61e-04  grad 0.41  tok/s 412,706  and some more words, as logs have them' $n $((n + 99))
    sleep 0.1
  done
`

/** Frames of the page of a job that prints a thousand lines a second, followed at its end, by the whole way: node, engine, host, page. */
export const logFollow: Bench = {
  name: 'log of a job that prints 1,000 lines a second, followed',
  unit: 'frames/s',
  runs: 5,
  goal: { is: 'at-least', limit: 55 },
  open: async () => {
    const engine = await startEngine()
    const { api } = engine
    const [offer] = await api.places.offers({ placeId: 'this-machine' })
    const { clusterId } = await api.clusters.launch({ placeId: 'this-machine', offerId: offer!.id, name: 'bench' })
    while ((await api.clusters.read({ clusterId })).state.is !== 'ready') await sleep(50)
    const { jobId } = await api.jobs.submit({ clusterId, job: { yaml: TASK } })
    const browser = await chromium.launch(browserLaunchOptions(false))
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    const [name = '', value = ''] = engine.cookie.split('=')
    await context.addCookies([{ name, value, url: engine.origin }])
    const page = await context.newPage()
    await page.goto(`${engine.origin}/jobs/${jobId}`)
    await page
      .getByText(/step \d+ {2}loss/)
      .first()
      .waitFor()
    await page.waitForTimeout(2000)
    const lines = async () => (await api.logs.info({ log: `job:${jobId}`, streams: null })).lines
    return {
      ours: {
        name: 'the page',
        run: async () => {
          const before = await lines()
          const frames = await page.evaluate(framesPerSecond, MEASURED_MS)
          const perSecond = ((await lines()) - before) / (MEASURED_MS / 1000)
          if (perSecond < 700) throw new Error(`only ${perSecond} lines a second came`)
          const seen = await page
            .getByText(/step \d+ {2}loss/)
            .last()
            .textContent()
          const behind = (await lines()) - Number(/step (\d+)/.exec(seen ?? '')?.[1])
          if (behind > 1000) throw new Error(`the page is ${behind} lines behind`)
          return frames
        },
      },
      close: async () => {
        await browser.close()
        await engine.close()
      },
    }
  },
}

/** Runs in the page. */
async function framesPerSecond(for_ms: number): Promise<number> {
  const from = performance.now()
  let frames = 0
  let now = from
  while (now - from < for_ms) {
    now = await new Promise<number>((resolve) => requestAnimationFrame(resolve))
    frames += 1
  }
  return (frames * 1000) / (now - from)
}
