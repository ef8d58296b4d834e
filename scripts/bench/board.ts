import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { chromium, type Page } from '@playwright/test'
import { browserLaunchOptions } from '../../e2e/browser.ts'
import type { Bench, Goal } from './bench.ts'

const MEASURED_MS = 5000
/** By so many px a frame the cards are scrolled: a screen in a quarter of a second. */
const SCROLL_PX = 60
const CROWD = '100 clusters × 8 nodes × 8 GPUs at 1 Hz'
const SMOOTH: Goal = { is: 'at-least', limit: 55 }

type View = 'Cards' | 'Table' | 'GPU wall'

/** Frames that the page gets to paint while every figure on it changes once a second. */
export const boardCards = boardBench(`cards of ${CROWD}`, 'Cards', 'frames/s', SMOOTH, ({ page }) => framesOf(page, 0))
export const boardScrolled = boardBench(`cards of ${CROWD}, scrolled fast`, 'Cards', 'frames/s', SMOOTH, ({ page }) =>
  framesOf(page, SCROLL_PX),
)
export const boardTable = boardBench(`table of ${CROWD}, scrolled fast`, 'Table', 'frames/s', SMOOTH, ({ page }) =>
  framesOf(page, SCROLL_PX),
)
export const boardWall = boardBench(`wall of ${CROWD}`, 'GPU wall', 'frames/s', SMOOTH, ({ page }) => framesOf(page, 0))

/** What of one core the engine uses while the whole wall is seen: its sampler, history, notes and streams, with made-up machines. */
export const boardEngine = boardBench(
  `engine under the wall of ${CROWD}`,
  'GPU wall',
  '% of a core',
  { is: 'at-most', limit: 30 },
  async ({ crowd, page }) => {
    await page.setViewportSize({ width: 2560, height: 1440 }) // so large that all of it is on the screen
    const before = await ask(crowd)
    const from = performance.now()
    await page.waitForTimeout(MEASURED_MS)
    return ((await ask(crowd)) - before) / 10 / (performance.now() - from)
  },
)

function boardBench(
  name: string,
  view: View,
  unit: string,
  goal: Goal,
  run: (parts: { crowd: ChildProcess; page: Page }) => Promise<number>,
): Bench {
  return {
    name,
    unit,
    runs: 5,
    goal,
    open: async () => {
      const crowd = fork(join(import.meta.dirname, 'crowd.child.ts'), { stdio: 'inherit' })
      const [{ link }] = (await once(crowd, 'message')) as [{ link: string }]
      const browser = await chromium.launch(browserLaunchOptions(false))
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
      await page.goto(link)
      await page.getByRole('button', { name: view }).click()
      await page.waitForTimeout(4000) // past the first samples of all
      return {
        ours: { name: 'the board', run: () => run({ crowd, page }) },
        close: async () => {
          await browser.close()
          const ended = once(crowd, 'exit')
          crowd.disconnect()
          await ended
        },
      }
    },
  }
}

/** µs of CPU that the engine has used. */
async function ask(crowd: ChildProcess): Promise<number> {
  crowd.send('cpu')
  const [{ cpu_us }] = (await once(crowd, 'message')) as [{ cpu_us: number }]
  return cpu_us
}

/** Frames a second, while the board is scrolled up and down by so many px a frame. */
const framesOf = (page: Page, scroll_px: number) =>
  page.evaluate(
    async ({ for_ms, scroll_px }) => {
      const parts = [...document.querySelectorAll<HTMLElement>('main *')].filter(
        (part) => getComputedStyle(part).overflowY === 'auto' && part.scrollHeight > part.clientHeight,
      )
      const board = parts[0]
      const from = performance.now()
      let frames = 0
      let by = scroll_px
      let now = from
      while (now - from < for_ms) {
        now = await new Promise<number>((resolve) => requestAnimationFrame(resolve))
        frames += 1
        if (!board || by === 0) continue
        if (board.scrollTop <= 0) by = scroll_px
        else if (board.scrollTop + board.clientHeight >= board.scrollHeight - 1) by = -scroll_px
        board.scrollTop += by
      }
      return (frames * 1000) / (now - from)
    },
    { for_ms: MEASURED_MS, scroll_px },
  )
