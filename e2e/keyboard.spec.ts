import type { Locator, Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'
import { isReady, stateOf } from './launch.ts'
import { prompt, screen, terminal } from './terminal.ts'

/** Opens the palette, looks for something and takes the first that is found. */
async function command(page: Page, words: string, found: string | RegExp) {
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('textbox', { name: 'Search' })).toBeFocused()
  await page.keyboard.type(words)
  await expect(page.getByRole('button', { name: found })).toBeVisible()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
}

/** Presses Tab until the element has the focus. */
async function tabTo(page: Page, element: Locator) {
  const focused = () => element.evaluate((one) => one === document.activeElement)
  for (let tabs = 0; tabs < 40 && !(await focused()); tabs++) await page.keyboard.press('Tab')
  await expect(element).toBeFocused()
}

test('a cluster is launched, worked in and terminated without the mouse', async ({ styx }) => {
  const { page } = styx
  await expect(page.getByRole('heading', { level: 1, name: 'Board' })).toBeVisible()
  await command(page, 'launch a', 'Launch a cluster')
  await tabTo(page, page.getByRole('textbox', { name: 'Name' }))
  await page.keyboard.press('Control+a')
  await page.keyboard.type('by-keys')
  await expect(page.getByRole('button', { name: 'Launch, at no cost' })).toBeEnabled()
  await page.keyboard.press('Enter')
  await isReady(page, 'by-keys')

  await command(page, 'terminal on by', 'Terminal on by-keys, head')
  const shell = terminal(page, 'by-keys')
  await prompt(shell)
  await page.keyboard.type('echo $((20 + 3)) keys\n')
  await expect(screen(shell)).toContainText('23 keys')
  await page.keyboard.press('Control+Backquote')
  await expect(shell).toBeHidden()
  await page.keyboard.press('Control+Backquote')
  await expect(shell).toBeVisible()
  await page.keyboard.press('Control+Backquote')

  await command(page, 'terminate by', 'Terminate by-keys…')
  const dialog = page.getByRole('dialog', { name: 'Terminate by-keys?' })
  await expect(dialog.getByRole('button', { name: 'Keep it' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await isReady(page, 'by-keys')
  await command(page, 'terminate by', 'Terminate by-keys…')
  await expect(dialog.getByRole('button', { name: 'Keep it' })).toBeFocused()
  await tabTo(page, dialog.getByRole('button', { name: 'Terminate by-keys' }))
  await page.keyboard.press('Enter')
  await expect(stateOf(page, 'Terminated')).toBeVisible()
})

test('each key of the list does what the list says', async ({ styx }) => {
  const { page } = styx
  const heading = (name: string) => page.getByRole('heading', { level: 1, name })
  await expect(heading('Board')).toBeVisible()
  for (const [key, name] of [
    ['2', 'GPUs'],
    ['4', 'Events'],
    [',', 'Settings'],
    ['l', 'Launch a cluster'],
    ['r', 'Write a task'],
  ] as const) {
    await page.keyboard.press(key)
    await expect(heading(name)).toBeVisible()
    // On the launch page the name has the focus: a plain key is a letter of it.
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
    await page.keyboard.press('1')
    await expect(heading('Board')).toBeVisible()
  }
  await page.keyboard.press('?')
  const keys = page.getByRole('dialog', { name: 'Keys' })
  await expect(keys.getByText('Go anywhere, do anything')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(keys).toBeHidden()
})

test('Tab reaches the page first by a link that skips the sidebar, and the focus is seen', async ({ styx }) => {
  const { page } = styx
  await expect(page.getByRole('heading', { level: 1, name: 'Board' })).toBeVisible()
  await page.keyboard.press('Tab')
  const skip = page.getByRole('link', { name: 'Skip to the page' })
  await expect(skip).toBeFocused()
  await expect(skip).toBeInViewport()
  await page.keyboard.press('Tab')
  const board = page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Board' })
  await expect(board).toBeFocused()
  expect(await board.evaluate((element) => getComputedStyle(element).outlineStyle)).not.toBe('none')
})
