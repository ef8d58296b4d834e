import type { Locator, Page } from '@playwright/test'
import { isAccessible } from './accessible.ts'
import { expect, test as plain } from './fixtures.ts'
import { isReady, terminate } from './launch.ts'
import { installNvidiaSmi } from './nvidia-smi.ts'

/** A machine with eight GPUs, by the stand-in, from the engine's first check on. */
const test = plain.extend({
  homes: async ({ homes }, use) => {
    await (await installNvidiaSmi(homes))('eight-h100')
    await use(homes)
  },
})

const main = (page: Page) => page.getByRole('main')
const cards = (page: Page) => main(page).getByRole('article')
const cursor = (page: Page) => page.locator('[data-wall-cursor]')
const show = (page: Page, name: RegExp) => page.getByRole('group', { name: 'Show' }).getByRole('button', { name })
const find = (page: Page) => page.getByRole('textbox', { name: 'Find a cluster' })

async function launch(page: Page, name: string) {
  await page.getByRole('link', { name: 'Launch', exact: true }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill(name)
  await page.getByRole('button', { name: 'Launch, at no cost' }).click()
  await isReady(page, name)
  await toBoard(page)
}

async function toBoard(page: Page) {
  await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Board' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Board' })).toBeVisible()
}

async function view(page: Page, name: 'Cards' | 'Table' | 'GPU wall') {
  const button = page.getByRole('group', { name: 'View' }).getByRole('button', { name })
  await button.click()
  await expect(button).toHaveAttribute('aria-pressed', 'true')
}

/** The names in the order in which they are shown. */
const names = (rows: Locator) => rows.evaluateAll((all) => all.map((one) => one.querySelector('[data-card-link]')?.textContent))

test('cards: what they say, which are shown, in which order', async ({ styx }) => {
  const { page } = styx
  await launch(page, 'alpha')
  // One alone needs neither chips nor an order.
  await expect(show(page, /^All/)).toHaveCount(0)
  await launch(page, 'beta')
  await expect(cards(page)).toHaveCount(2)
  const alpha = cards(page).filter({ hasText: 'alpha' })
  await expect(alpha.getByText(/H100 80 GB/)).toBeVisible()
  await expect(alpha.getByText('head: use of GPUs in percent: 97, 98, 96, 99, 0, 0, 3, 100')).toBeAttached()
  await expect(alpha.getByText('62 % · 71 °C')).toBeVisible()

  await alpha.getByRole('link', { name: 'alpha' }).click()
  await page.getByRole('button', { name: 'Stop…' }).click()
  await page.getByRole('button', { name: 'Stop alpha' }).click()
  await expect(main(page).getByRole('img', { name: 'Stopped', exact: true }).first()).toBeVisible()
  await toBoard(page)
  await show(page, /^Stopped 1/).click()
  expect(await names(cards(page))).toEqual(['alpha'])
  await show(page, /^Ready 1/).click()
  expect(await names(cards(page))).toEqual(['beta'])
  await show(page, /^All 2/).click()

  await page.keyboard.press('/')
  await page.keyboard.type('BETA h100')
  await expect(cards(page)).toHaveCount(1)
  // The board is as it was left when one comes back to it.
  await cards(page).getByRole('link', { name: 'beta' }).click()
  await isReady(page, 'beta')
  await toBoard(page)
  await expect(find(page)).toHaveValue('BETA h100')
  await find(page).fill('nothing like it')
  await page.getByRole('button', { name: 'Show all' }).click()
  await expect(cards(page)).toHaveCount(2)

  expect(await names(cards(page))).toEqual(['alpha', 'beta'])
  await page.getByRole('button', { name: 'Order: Launched, up' }).click()
  await page.getByRole('menuitem', { name: 'Use' }).click()
  await expect.poll(() => names(cards(page))).toEqual(['beta', 'alpha'])
  await page.getByRole('button', { name: 'Order: Use, down' }).click()
  await page.getByRole('menuitem', { name: 'Name' }).click()
  await expect.poll(() => names(cards(page))).toEqual(['alpha', 'beta'])

  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  await page.keyboard.press('j')
  await expect(cards(page).getByRole('link', { name: 'alpha' })).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await isReady(page, 'beta')
})

test('the table is sorted by its heads, and is still the view after a reload', async ({ styx }) => {
  const { page } = styx
  await launch(page, 'alpha')
  await launch(page, 'beta')
  await view(page, 'Table')
  const rows = page
    .getByRole('region', { name: 'Clusters' })
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader') })
  expect(await names(rows)).toEqual(['alpha', 'beta'])
  const head = page.getByRole('columnheader', { name: 'Cluster' })
  await head.getByRole('button').click()
  await expect(head).toHaveAttribute('aria-sort', 'ascending')
  await head.getByRole('button').click()
  await expect(head).toHaveAttribute('aria-sort', 'descending')
  expect(await names(rows)).toEqual(['beta', 'alpha'])
  // The first cluster holds all GPUs of the machine, so that the second one has its cores.
  await expect(rows.last().getByRole('cell', { name: '62 %', exact: true })).toBeVisible()
  await expect(rows.first().getByRole('cell', { name: 'ready' })).toBeVisible()

  await page.reload()
  await expect(head).toHaveAttribute('aria-sort', 'descending')
  expect(await names(rows)).toEqual(['beta', 'alpha'])
  // The whole line opens it.
  await rows.last().getByRole('cell').last().click({ force: true })
  await isReady(page, 'alpha')
})

test('the wall is walked cell by cell, says where one is, and opens the cluster', async ({ styx }) => {
  const { page } = styx
  await launch(page, 'alpha')
  await launch(page, 'beta')
  await view(page, 'GPU wall')
  await expect(main(page).getByText('alpha, head: use of GPUs in percent: 97, 98, 96, 99, 0, 0, 3, 100')).toBeAttached()
  await cursor(page).focus()
  await expect(cursor(page)).toHaveAccessibleName('alpha, GPU 0')
  await expect(page.getByRole('tooltip')).toContainText('97 %, 68.6 of 79.6 GiB, 61 °C, 688 W')
  await page.keyboard.press('ArrowRight')
  await expect(cursor(page)).toHaveAccessibleName('alpha, GPU 1')
  await expect(cursor(page)).toBeFocused()
  await page.keyboard.press('End')
  await expect(cursor(page)).toHaveAccessibleName(/^beta, cores? 0/)
  await page.keyboard.press('ArrowLeft')
  await expect(cursor(page)).toHaveAccessibleName('alpha, GPU 7')
  await page.getByRole('group', { name: 'Colour by' }).getByRole('button', { name: 'Heat' }).click()
  await expect(main(page).getByText('alpha, head: heat of GPUs in °C: 61, 63, 60, 66, 31, 30, 33, 71')).toBeAttached()
  await expect(main(page).getByRole('link', { name: 'alpha 71 °C' })).toBeVisible()
  // The keys of the page are heard after a click too.
  await page.keyboard.press('v')
  await expect(cards(page)).toHaveCount(2)
  await view(page, 'GPU wall')
  await cursor(page).focus()
  await page.keyboard.press('Enter')
  await isReady(page, 'alpha')

  await toBoard(page)
  const box = await main(page).locator('canvas').last().boundingBox()
  if (!box) throw new Error('there is no wall')
  // The last tile of the last line: the pointer leads the same link over the cell below it.
  await page.mouse.move(box.x + 4, box.y + 4)
  await expect(page.getByRole('tooltip')).toContainText('alpha, GPU 0')
  await page.mouse.move(box.x + 4, box.y - 60)
  await expect(page.getByRole('tooltip')).toHaveCount(0)
  await page.mouse.move(box.x + 4, box.y + 4)
  await page.mouse.down()
  await page.mouse.up()
  await isReady(page, 'alpha')
})

test('again like a cluster that was: the same place and offer under a name that is free', async ({ styx }) => {
  const { page } = styx
  await launch(page, 'run-1')
  await cards(page).getByRole('link', { name: 'run-1' }).click()
  await page.getByRole('button', { name: 'More for run-1' }).click()
  await page.getByRole('menuitem', { name: 'Again like this…' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Launch again like run-1' })).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('run-2')
  await page.getByRole('button', { name: 'Launch, at no cost' }).click()
  await isReady(page, 'run-2')
  await terminate(page, 'run-2')
  await expect(main(page).getByRole('img', { name: 'Terminated', exact: true }).first()).toBeVisible()
  await toBoard(page)
  await show(page, /^Ended 1/).click()
  await cards(page).getByRole('button', { name: 'Launch again like run-2…' }).click()
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('run-2')
})

test('events: by level, by cluster, and by a word in them', async ({ styx }) => {
  const { page } = styx
  await launch(page, 'alpha')
  await launch(page, 'beta')
  await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Events' }).click()
  const lines = page.getByRole('region', { name: 'What happened' }).getByRole('listitem')
  await expect(lines.filter({ hasText: 'Launch begun' })).toHaveCount(2)
  await show(page, /^Went well/).click()
  await expect(lines.filter({ hasText: 'Launch begun' })).toHaveCount(0)
  await expect(lines.filter({ hasText: 'Ready after' })).toHaveCount(2)
  await page.getByRole('textbox', { name: 'Find in what happened' }).fill('ALPHA')
  await expect(lines.filter({ hasText: 'Ready after' })).toHaveCount(1)
  await page.getByRole('textbox', { name: 'Find in what happened' }).fill('no such thing')
  await page.getByRole('button', { name: 'Show all' }).click()
  await expect(lines.filter({ hasText: 'Launch begun' })).toHaveCount(2)
  await page.getByRole('combobox', { name: 'Cluster' }).click()
  await page.getByRole('option', { name: 'beta' }).click()
  await expect(lines.filter({ hasText: 'alpha' })).toHaveCount(0)
  await expect(lines.filter({ hasText: 'Ready after' })).toHaveCount(1)
  await expect(page.getByText('That is everything.')).toBeVisible()
})

for (const theme of ['dark', 'light'] as const)
  test(`each view of the board, and the events, are free of accessibility violations, ${theme}`, async ({ styx, host }) => {
    const { page } = styx
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await launch(page, 'alpha')
    await launch(page, 'beta')
    const check = (where: string) => isAccessible(page, host, `${where}, ${theme}`)
    for (const name of ['Cards', 'Table', 'GPU wall'] as const) {
      await view(page, name)
      await expect(
        main(page)
          .getByText(/use of GPUs in percent: 97/)
          .first(),
      ).toBeAttached()
      if (name === 'GPU wall') await cursor(page).focus()
      await check(name)
    }
    await page.getByRole('button', { name: /^Order:/ }).click()
    await check('order')
    await page.keyboard.press('Escape')
    await find(page).fill('nothing like it')
    await check('nothing found')
    await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Events' }).click()
    await expect(page.getByText('Ready after').first()).toBeVisible()
    await check('events')
    await page.getByRole('combobox', { name: 'Cluster' }).click()
    await check('events, clusters')
  })
