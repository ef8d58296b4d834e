import { expect, type Page } from '@playwright/test'

/** Launches this machine from the board, under the name that is proposed. */
export async function launchThisMachine(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Launch as a cluster' }).click()
  await page.getByRole('button', { name: 'Launch, at no cost' }).click()
}

/** The cluster's page says that it is ready. */
export async function isReady(page: Page, name: string): Promise<void> {
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
  await expect(page.getByRole('banner').getByRole('img', { name: 'Ready' })).toBeVisible()
}
