import { join } from 'node:path'
import { chromium } from '@playwright/test'
import { browserLaunchOptions } from '../../e2e/browser.ts'
import { loadPages } from '../../src/main/hosts/pages.ts'
import { serveWeb } from '../../src/main/hosts/web-server.ts'
import type { Bench } from './bench.ts'
import { createCrowd } from './crowd.ts'

const MEASURED_MS = 5000

/** Frames that the board gets to paint while every figure on it changes once a second. */
export const board: Bench = {
  name: 'board of 100 clusters × 8 nodes × 8 GPUs at 1 Hz',
  unit: 'frames/s',
  runs: 5,
  goal: { is: 'at-least', limit: 55 },
  open: async () => {
    const pages = await loadPages(join(import.meta.dirname, '../../out/renderer'))
    const options = { pages, port: 0, elsewhere: false, host: '127.0.0.1', tls: null, names: [] }
    const web = await serveWeb(createCrowd(), options)
    const browser = await chromium.launch(browserLaunchOptions(false))
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    await page.goto(web.link())
    await page.getByRole('article').first().waitFor()
    await page.waitForTimeout(2000) // past the first samples
    return {
      ours: { name: 'the board', run: () => page.evaluate(framesPerSecond, MEASURED_MS) },
      close: async () => {
        await browser.close()
        await web.close()
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
