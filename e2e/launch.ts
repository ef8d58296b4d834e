import { expect, type Locator, type Page } from '@playwright/test'

/** Launches this machine from the board, under the name that is proposed. */
export async function launchThisMachine(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Launch as a cluster' }).click()
  await page.getByRole('button', { name: 'Launch, at no cost' }).click()
}

/** The state at the top of a cluster's page. */
export const stateOf = (page: Page, state: string): Locator =>
  page.getByRole('main').getByRole('img', { name: state, exact: true }).first()

/** From the cluster's page, with an answer to what is asked. */
export async function terminate(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: `More for ${name}` }).click()
  await page.getByRole('menuitem', { name: 'Terminate…' }).click()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: `Terminate ${name}` })
    .click()
}

/** The cluster's page says that it is ready. */
export async function isReady(page: Page, name: string): Promise<void> {
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
  await expect(stateOf(page, 'Ready')).toBeVisible()
}
