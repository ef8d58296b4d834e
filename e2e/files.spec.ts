import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { isAccessible } from './accessible.ts'
import { expect, test } from './fixtures.ts'
import { launchReady } from './jobs.ts'

test('the folders of a node are gone through, and what cannot be read is said', async ({ styx, host }) => {
  const { page, userHome } = styx
  const home = join(userHome, 'papers')
  await mkdir(join(home, 'deep <b>er'), { recursive: true })
  await writeFile(join(home, 'deep <b>er', 'it is.txt'), 'whole')
  await writeFile(join(home, 'notes'), 'four')
  await launchAndSeeFiles(page)
  const folder = page.getByRole('navigation', { name: 'Folder' })
  await page.getByRole('main').getByRole('link', { name: 'papers' }).click()
  await expect(page.getByRole('row', { name: /notes 4 B/ })).toBeVisible()
  await isAccessible(page, host, 'files')
  await page.getByRole('link', { name: 'deep <b>er' }).click()
  await expect(page.getByRole('link', { name: 'it is.txt' })).toBeVisible()
  await expect(folder.getByRole('link', { name: 'deep <b>er' })).toBeVisible()
  // Served as what it is for the disk, on both hosts.
  const href = await page.getByRole('link', { name: 'it is.txt' }).getAttribute('href')
  expect(await page.evaluate(async (url) => (await fetch(url)).text(), href ?? '')).toBe('whole')
  await page.getByRole('link', { name: 'Up' }).click()
  await expect(page.getByRole('row', { name: /notes 4 B/ })).toBeVisible()
  await rm(home, { recursive: true })
  await page.getByRole('button', { name: 'Read again' }).click()
  await expect(page.getByRole('alert')).toContainText('The node refused')
})

test('a file of a node is downloaded @web', async ({ styx }) => {
  const { page, userHome } = styx
  await writeFile(join(userHome, 'result.bin'), Buffer.alloc(3_000_000, 7))
  await launchAndSeeFiles(page)
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'result.bin' }).click()
  const file = await download
  expect(file.suggestedFilename()).toBe('result.bin')
  expect((await readFile(await file.path())).equals(Buffer.alloc(3_000_000, 7))).toBe(true)
})

async function launchAndSeeFiles(page: Page): Promise<void> {
  await launchReady(page)
  await page
    .getByRole('navigation', { name: /^Views of/ })
    .getByRole('link', { name: 'Files' })
    .click()
}
