// npm run pictures: takes the README's pictures from the app itself, launched on this machine, dark and light, into docs/pictures.
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page } from '@playwright/test'
import { browserLaunchOptions } from '../e2e/browser.ts'
import { holdDisk } from '../e2e/held-disk.ts'
import { jobState, line, logOf } from '../e2e/jobs.ts'
import { isReady } from '../e2e/launch.ts'
import { prompt, runs, terminal } from '../e2e/terminal.ts'
import { startWeb } from '../e2e/web-app.ts'

const folder = join(import.meta.dirname, '../docs/pictures')
const NAME = 'llama-pretrain'
const TASK = join(import.meta.dirname, 'pictures-task.yaml')
/** So that the curves have something to show. */
const CURVES_MS = 45_000

const browser = await chromium.launch(browserLaunchOptions(false))
await mkdir(folder, { recursive: true })
for (const theme of ['dark', 'light'] as const) {
  const home = await mkdtemp(join(tmpdir(), 'styx-pictures-'))
  const homes = { stateFolder: join(home, '.styx'), userHome: home }
  const start = await startWeb(browser, homes, () => {})
  const app = await start()
  await app.page.setViewportSize({ width: 1440, height: 900 })
  await app.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
  await takeAll(app.page, theme, homes)
  await app.quit()
  await rm(home, { recursive: true, force: true })
}
await browser.close()

async function takeAll(page: Page, theme: string, homes: { stateFolder: string; userHome: string }) {
  const take = async (name: string) => {
    await page.mouse.move(0, 0)
    await page.screenshot({ path: join(folder, `${name}-${theme}.png`) })
    console.log(`docs/pictures/${name}-${theme}.png`)
  }
  await page.getByText(/use of cores in percent: \d/).waitFor({ state: 'attached' })
  await page.waitForTimeout(CURVES_MS)
  await take('first-start')

  await page.getByRole('link', { name: 'Launch as a cluster' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill(NAME)
  await page.getByRole('cell', { name: 'now' }).waitFor()
  await take('launch')

  const disk = await holdDisk(homes)
  await page.getByRole('button', { name: 'Launch, at no cost' }).click()
  await page.getByRole('listitem').filter({ hasText: 'Make its folder' }).getByRole('img', { name: 'running' }).waitFor()
  await page.waitForTimeout(2000)
  await take('launching')
  await disk.release()
  await isReady(page, NAME)

  await page.getByRole('link', { name: 'Overview' }).click()
  await page.getByRole('button', { name: 'Terminal', exact: true }).click()
  const shell = terminal(page, NAME)
  await prompt(shell)
  await runs(shell, 'clear; uname -srm; nproc; free -h; df -h ~', /Mounted on/)
  await page.waitForTimeout(6000) // the notice of the launch is gone
  await take('cluster')
  await page.getByRole('button', { name: 'Hide the dock' }).click()
  await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Board' }).click()
  await page.getByRole('article', { name: NAME }).waitFor()
  await page.waitForTimeout(2000)
  await take('board')

  await page.keyboard.press('r')
  const yaml = await readFile(TASK, 'utf8')
  const opened = (text: string) =>
    page
      .getByLabel('Task file to open')
      .setInputFiles({ name: 'fit-line.yaml', mimeType: 'text/yaml', buffer: Buffer.from(text) })
  await opened(yaml.replace('cpus:', 'cpuss:'))
  await page.locator('.cm-lintRange-error').click()
  await page.waitForTimeout(1000)
  await take('task')
  await opened(yaml)
  await page.getByRole('button', { name: `Run on ${NAME}` }).click()
  const log = logOf(page, 'fit-line')
  await line(log, /^step +2\d\d /)
    .first()
    .waitFor()
  await jobState(page, 'Running').waitFor()
  await page.getByRole('textbox', { name: 'Search for' }).fill('checkpoint')
  await page
    .getByRole('status', { name: 'Lines that match' })
    .getByText(/of \d+/)
    .waitFor()
  await page.waitForTimeout(2000)
  await take('job')

  await page.getByRole('navigation', { name: 'Clusters' }).getByRole('link', { name: NAME }).click()
  await page
    .getByRole('navigation', { name: `Views of ${NAME}` })
    .getByRole('link', { name: 'GPUs' })
    .click()
  await page.getByRole('figure', { name: /^CPU of head/ }).waitFor()
  await page.waitForTimeout(3000)
  await take('charts')
}
