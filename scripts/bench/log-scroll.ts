import { join } from 'node:path'
import { implement } from '@orpc/server'
import { chromium } from '@playwright/test'
import { browserLaunchOptions } from '../../e2e/browser.ts'
import { loadPages } from '../../src/main/hosts/pages.ts'
import { serveWeb } from '../../src/main/hosts/web-server.ts'
import { createLogs, type Logs } from '../../src/main/logs/logs.ts'
import { createLogStore } from '../../src/main/logs/store.ts'
import type { HostContext } from '../../src/main/router.ts'
import type { Snapshot } from '../../src/shared/change.ts'
import { contract } from '../../src/shared/contract.ts'
import type { Job } from '../../src/shared/job.ts'
import type { Bench } from './bench.ts'
import { crowdSnapshot } from './crowd.ts'
import { LOG, tenMillionLines } from './log-lines.ts'

const MEASURED_MS = 5000
/** By so many px a frame: a screen of lines in a sixth of a second. */
const SCROLL_PX = 80

/** Frames that the page gets to paint while somebody scrolls fast through a log of ten million lines, none of which it has. */
export const logScroll: Bench = {
  name: 'log of 10 M lines, scrolled fast',
  unit: 'frames/s',
  runs: 5,
  goal: { is: 'at-least', limit: 55 },
  open: async () => {
    const store = createLogStore({ folder: await tenMillionLines() })
    const pages = await loadPages(join(import.meta.dirname, '../../out/renderer'))
    const served = { router: logRouter(createLogs(store)), openBytes: nothing, openDownload: nothing }
    const web = await serveWeb(served, { pages, port: 0, elsewhere: false, host: '127.0.0.1', tls: null, names: [] })
    const browser = await chromium.launch(browserLaunchOptions(false))
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    await page.goto(web.link())
    await page.waitForURL(`${web.url}/`)
    await page.goto(`${web.url}/jobs/${LOG.replace('job:', '')}`)
    await page.getByText('of 10,000,000').waitFor()
    await page.keyboard.press('g')
    await page.locator('[role="log"] [data-n="0"]').waitFor() // the end is left, else nothing would be scrolled
    return {
      ours: { name: 'the page', run: () => page.evaluate(scrolled, { for_ms: MEASURED_MS, by_px: SCROLL_PX }) },
      close: async () => {
        await browser.close()
        await web.close()
        await store.close()
      },
    }
  },
}

const nothing = async () => {
  throw new Error('not in this bench')
}

/** The contract as the page of one job needs it, over the real store. */
function logRouter(logs: Logs) {
  const os = implement(contract).$context<HostContext>()
  const never = new AbortController().signal
  const snapshot: Snapshot = { ...crowdSnapshot(), clusters: [], nodes: [], jobs: [job] }
  return {
    changes: os.changes.handler(async function* ({ signal }) {
      yield { type: 'snapshot' as const, snapshot }
      await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }))
    }),
    logs: {
      follow: os.logs.follow.handler(({ input, signal }) => logs.follow(input, signal ?? never)),
      lines: os.logs.lines.handler(({ input, signal }) => logs.lines(input, input.from, input.count, signal ?? never)),
      strip: os.logs.strip.handler(({ input }) => logs.strip(input, input.rows)),
    },
  }
}

const job: Job = {
  id: LOG.replace('job:', ''),
  clusterId: 'bench',
  clusterName: 'bench',
  number: 1,
  name: 'ten-million',
  state: 'SUCCEEDED',
  runner: 'shell',
  gpusPerNode: null,
  ranks: [],
  exitCode: 0,
  error: null,
  failed: null,
  submittedBy: 'bench@here',
  submittedAt: 0,
  setupAt: null,
  runAt: 0,
  endedAt: 1,
  cancelledAt: null,
  whenDone: 'keep',
  logProblem: null,
}

/** Runs in the page: a turn of the wheel in each frame. @returns frames a second */
async function scrolled({ for_ms, by_px }: { for_ms: number; by_px: number }): Promise<number> {
  const log = document.querySelector('[role="log"]')
  const top = () => Number(log?.querySelector<HTMLElement>('[data-n]')?.dataset.n)
  const first = top()
  const from = performance.now()
  let frames = 0
  let now = from
  while (now - from < for_ms) {
    log?.dispatchEvent(new WheelEvent('wheel', { deltaY: by_px, cancelable: true }))
    now = await new Promise<number>((resolve) => requestAnimationFrame(resolve))
    frames += 1
  }
  if (top() - first < (frames * by_px) / 40) throw new Error(`only ${top() - first} lines went by`)
  return (frames * 1000) / (now - from)
}
