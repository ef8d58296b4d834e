import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Page } from '@playwright/test'
import { expect, type Homes, test as base } from './fixtures.ts'
import { serve } from './web-app.ts'

// What only a real browser shows of the web host: its cookie, other sites, and the page that outlives its engine.

type Site = { url: string; show(html: string): void }

const test = base.extend<{ site: Site }>({
  /** Another site, on another port of this machine: cookies are shared with it, the origin is not. */
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures used from this pattern
  site: async ({}, use) => {
    let html = ''
    const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (!address || typeof address === 'string') throw new Error('no address')
    await use({
      url: `http://127.0.0.1:${address.port}/`,
      show: (next) => {
        html = next
      },
    })
    server.closeAllConnections()
    server.close()
  },
})

/** A link as a second start prints it. */
const freshLink = async (styx: Homes) => (await serve(0, styx, () => {})).link

const board = (page: Page) => page.getByText('This machine').first()

test('a link that another site points to signs in and leads to the app @web', async ({ styx, site, browserFor }) => {
  const link = await freshLink(styx)
  const page = await (await browserFor()).newPage()
  site.show(`<a href="${link}">come in</a>`)
  await page.goto(site.url)
  await page.getByRole('link').click()
  await expect(board(page)).toBeVisible()
  expect(page.url()).toBe(new URL('/', link).href) // and no token in the address
  await page.goto(link)
  await expect(board(page)).toBeVisible() // used, but this browser is signed in
  await page.context().clearCookies()
  await page.goto(link)
  await expect(page.getByRole('heading', { name: 'This browser is not signed in' })).toBeVisible()
  await page.close()
})

test('another site reaches nothing with the cookie of one who is signed in @web', async ({ styx, site }) => {
  const page = await styx.page.context().newPage()
  const { origin } = new URL(styx.page.url())
  site.show('<h1>elsewhere</h1>')
  await page.goto(site.url)
  const tried = await page.evaluate(async (target) => {
    const socket = (path: string) =>
      new Promise<string>((resolve) => {
        const opened = new WebSocket(target.replace('http', 'ws') + path)
        opened.onopen = () => resolve('open')
        opened.onerror = () => resolve('refused')
      })
    const read = fetch(`${target}/session`, { credentials: 'include' }).then(
      () => 'read',
      () => 'refused',
    )
    const framed = new Promise<string>((resolve) => {
      const frame = document.body.appendChild(document.createElement('iframe'))
      frame.onload = () => resolve(frame.contentDocument === null ? 'refused' : 'empty')
      frame.src = `${target}/`
    })
    return Promise.all([socket('/rpc'), socket('/bytes'), read, framed])
  }, origin)
  expect(tried).toEqual(['refused', 'refused', 'refused', 'refused'])
  expect(page.frames()[1]?.url()).toMatch(/^chrome-error:/)
  await page.close()
})

test('after a restart an open page asks for a fresh link, and goes on once another tab has used one @web', async ({ styx }) => {
  const { page } = styx
  await expect(board(page)).toBeVisible()
  const { port } = new URL(page.url())
  await styx.kill()
  await expect(page.getByRole('status').filter({ hasText: 'Reconnecting…' })).toBeVisible()
  const { child, link } = await serve(Number(port), styx, () => {})
  await expect(page.getByText('This browser is not signed in')).toBeVisible()
  const other = await page.context().newPage()
  await other.goto(link)
  await expect(board(other)).toBeVisible()
  await other.close()
  await page.evaluate(() => dispatchEvent(new Event('focus'))) // as when the tab is chosen; headless windows never lose it
  await expect(board(page)).toBeVisible()
  const ended = once(child, 'exit')
  child.kill('SIGINT')
  expect((await ended)[0]).toBe(0)
})
