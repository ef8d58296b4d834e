import { expect, type Locator, type Page } from '@playwright/test'
import { isReady, launchThisMachine } from './launch.ts'

export const CLUSTER = 'this-machine'

/** Launches this machine and waits until it is ready. */
export async function launchReady(page: Page): Promise<void> {
  await launchThisMachine(page)
  await isReady(page, CLUSTER)
}

/** Runs a task on the cluster, from the cluster's page on, and leaves the page of its job. */
export async function runTask(page: Page, name: string, run: string, more = '', cluster = CLUSTER): Promise<void> {
  const yaml = `name: ${name}\n${more}run: |\n${run.replace(/^/gm, '  ')}\n`
  await page.getByRole('navigation', { name: 'Clusters' }).getByRole('link', { name: cluster }).click()
  await page.getByRole('main').getByRole('link', { name: 'Run', exact: true }).click()
  await page
    .getByLabel('Task file to open')
    .setInputFiles({ name: `${name}.yaml`, mimeType: 'text/yaml', buffer: Buffer.from(yaml) })
  await page.getByRole('button', { name: `Run on ${cluster}` }).click()
  await expect(page.getByRole('heading', { level: 1, name, exact: true })).toBeVisible()
}

/** The state at the top of a job's page. */
export const jobState = (page: Page, word: string): Locator => page.locator('header').getByText(word, { exact: true })

/** The lines of a log that are in sight. */
export const logOf = (page: Page, name: string): Locator => page.getByRole('log', { name: `Lines of ${name}`, exact: true })

/** A line in sight, by what it prints. */
export const line = (log: Locator, text: string | RegExp): Locator =>
  log.locator('[data-n]').filter({ has: log.page().locator('[data-text]', { hasText: text }) })

/** What the first line in sight prints. */
export const firstInSight = async (log: Locator): Promise<string> =>
  (await log.locator('[data-n]').first().locator('[data-text]').textContent()) ?? ''
