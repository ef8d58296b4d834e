import type { Page } from '@playwright/test'
import { isAccessible } from './accessible.ts'
import { expect, test } from './fixtures.ts'
import { isReady, launchThisMachine } from './launch.ts'
import { prompt, terminal } from './terminal.ts'

test('the first start shows this machine, as it is, with one button to launch it', async ({ styx }) => {
  const { page } = styx
  await expect(page).toHaveTitle('Board · Styx')
  await expect(page.getByRole('heading', { name: 'This machine is ready. Nothing is launched yet.' })).toBeVisible()
  const main = page.getByRole('main')
  await expect(main.getByRole('heading', { level: 2, name: /This machine$/ })).toBeVisible()
  await expect(main.getByText(/use of cores in percent: \d/)).toBeAttached()
  await expect(main.getByRole('definition').filter({ hasText: /^[\d.]+ of [\d.]+ GiB$/ })).toHaveCount(1)
  await expect(main.getByRole('definition').filter({ hasText: /^[\d.]+ [GT]iB free$/ })).toHaveCount(1)
  await expect(main.getByRole('link', { name: 'Launch as a cluster' })).toHaveCount(1)
  await expect(page.getByRole('heading', { name: 'Found on this machine' })).toBeVisible()
  await main.getByRole('button', { name: 'Look again' }).click()
  await expect(main.getByText(/looked (now|\d s ago)/)).toBeVisible()
})

for (const theme of ['dark', 'light'] as const)
  test(`every page is free of accessibility violations, ${theme}`, async ({ styx, host }) => {
    test.slow()
    const { page } = styx
    const check = (where: string) => isAccessible(page, host, `${where}, ${theme}`)
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await expect(page.getByRole('heading', { level: 1, name: 'Board' })).toBeVisible()
    await expect(page.locator(`[data-mantine-color-scheme="${theme}"]`)).toBeAttached()
    await check('first start')

    await page.getByRole('link', { name: 'Launch as a cluster' }).click()
    await expect(page.getByRole('cell', { name: 'now' })).toBeVisible()
    await check('launch')
    await page.getByRole('textbox', { name: 'Name' }).fill('../x')
    await check('launch, a bad name')
    await page.getByRole('link', { name: 'Board' }).first().click()

    await launchThisMachine(page)
    await isReady(page, 'this-machine')
    await check('a launch that is done')
    for (const view of ['Overview', /^Nodes/, 'Events', 'Settings']) {
      await page
        .getByRole('navigation', { name: 'Views of this-machine' })
        .getByRole('link', { name: view, exact: typeof view === 'string' })
        .click()
      await check(`cluster, ${view}`)
    }
    await page.getByRole('button', { name: 'Terminal', exact: true }).click()
    await prompt(terminal(page, 'this-machine'))
    await check('cluster, with a terminal')
    await page.getByRole('button', { name: 'Stop…' }).first().click()
    await expect(page.getByRole('dialog').getByRole('button', { name: 'Leave it running' })).toBeFocused()
    await check('a question before stop')
    await page.keyboard.press('Escape')

    await viewOf(page, 'Board')
    await expect(page.getByRole('article', { name: 'this-machine' })).toBeVisible()
    await check('board')
    await viewOf(page, 'Events')
    await check('events')
    await viewOf(page, 'Settings')
    await expect(page.getByText('State folder')).toBeVisible()
    await check('settings')
    await page.getByRole('button', { name: 'Notifications' }).first().click()
    await check('notifications')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await expect(page.getByRole('textbox', { name: 'Search' })).toBeFocused()
    await check('palette')
    await page.keyboard.press('Escape')
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
    await page.keyboard.press('?')
    await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible()
    await check('keys')
  })

async function viewOf(page: Page, name: string) {
  await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name }).click()
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
}
