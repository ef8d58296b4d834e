import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { chromium } from '@playwright/test'
import { browserLaunchOptions } from '../../e2e/browser.ts'
import type { Bench } from './bench.ts'

const CHARTS = 8 * (8 + 4)

/** From the click on 30 d to the last of 64 GPUs' and 8 machines' charts, all of them on the screen, drawn with what was kept. */
export const history: Bench = {
  name: '30 days of history of 64 GPUs, read and drawn',
  unit: 'ms',
  runs: 7,
  goal: { is: 'at-most', limit: 300 },
  open: async () => {
    const child = fork(join(import.meta.dirname, 'history.child.ts'), { stdio: 'inherit' })
    const [{ link, path }] = (await once(child, 'message')) as [{ link: string; path: string }]
    const browser = await chromium.launch(browserLaunchOptions(false))
    const page = await browser.newPage({ viewport: { width: 1440, height: 5000 } })
    await page.goto(link)
    await page.getByRole('main').waitFor() // signed in
    const run = async () => {
      await page.goto(new URL(path, link).href) // anew: what was read before is not kept
      await page.waitForFunction(drawn, { days: '15 minutes', charts: CHARTS }, { polling: 'raf' })
      await page.waitForTimeout(1500)
      return page.evaluate(async (charts) => {
        const words = () => [...document.querySelectorAll('figcaption')].map(({ textContent }) => textContent)
        const from = performance.now()
        for (const label of document.querySelectorAll('label')) if (label.textContent === '30 d') label.click()
        while (words().filter((text) => /the last 30 days\..*mean/.test(text)).length < charts)
          await new Promise((frame) => requestAnimationFrame(frame))
        await new Promise((painted) => requestAnimationFrame(painted))
        return performance.now() - from
      }, CHARTS)
    }
    return {
      ours: { name: 'Styx', run },
      close: async () => {
        await browser.close()
        child.send('end')
        await once(child, 'exit')
      },
    }
  },
}

/** Runs in the page: every chart shows something of that span. */
function drawn({ days, charts }: { days: string; charts: number }): boolean {
  const words = [...document.querySelectorAll('figcaption')].map(({ textContent }) => textContent)
  return words.filter((text) => text.includes(`the last ${days}`) && text.includes('mean')).length >= charts
}
