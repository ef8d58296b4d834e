import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'
import { firstInSight, jobState, launchReady, line, logOf, runTask } from './jobs.ts'

/** Lines with their numbers: 300 at once, then one every 20 ms; every hundredth is stderr's. */
const COUNT = String.raw`i=0
while [ $i -lt 5000 ]; do
  i=$((i + 1))
  if [ $((i % 100)) = 0 ]; then echo "warning number $i" >&2; else printf 'count \033[34m%d\033[0m\n' $i; fi
  [ $i -lt 300 ] || sleep 0.02
done`

const lastInSight = (page: Page) => logOf(page, 'counting').locator('[data-n]').last().locator('[data-text]')
const follow = (page: Page) => page.getByRole('button', { name: /^Follow/ })

test('a log is followed; a reader who scrolled up is left alone, and follows again', async ({ styx }) => {
  const { page } = styx
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await launchReady(page)
  await runTask(page, 'counting', COUNT)
  const log = logOf(page, 'counting')
  await expect(line(log, /^count \d+$/).last()).toBeVisible()
  const before = await lastInSight(page).textContent()
  await expect(lastInSight(page)).not.toHaveText(before ?? '')
  await expect(follow(page)).toBeHidden()

  await log.hover()
  await page.mouse.wheel(0, -300)
  await expect(page.getByText(/^Paused, [\d,]+ new lines?$/)).toBeVisible()
  const read = await firstInSight(log)
  await expect(page.getByText(/^Paused, \d\d+ new lines$/)).toBeVisible()
  expect(await firstInSight(log)).toBe(read)

  // By its key, by its button, and by scrolling to the end.
  await page.keyboard.press('f')
  await expect(follow(page)).toBeHidden()
  await page.keyboard.press('g')
  await expect(line(log, /^count 1$/)).toBeVisible()
  await follow(page).click()
  await expect(follow(page)).toBeHidden()
  await page.keyboard.press('PageUp')
  await expect(follow(page)).toBeVisible()
  await log.hover()
  await expect(async () => {
    await page.mouse.wheel(0, 20_000)
    await expect(follow(page)).toBeHidden({ timeout: 500 })
  }).toPass()

  // Cancelled, it is whole up to its end.
  await page.getByRole('button', { name: 'Cancel…' }).click()
  await page.getByRole('button', { name: 'Cancel counting' }).click()
  await expect(jobState(page, 'Cancelled')).toBeVisible()
})

test('a log is searched, filtered, gone through by keys, and copied', async ({ styx }) => {
  const { page } = styx
  await launchReady(page)
  await runTask(page, 'counting', COUNT.replace('5000', '1000').replace('300', '2000'))
  await expect(jobState(page, 'Succeeded')).toBeVisible()
  const log = logOf(page, 'counting')
  await expect(line(log, /^count 999$/)).toBeVisible()

  // Plain text, then a regular expression; hits are counted, marked, and gone through.
  await page.keyboard.press('/')
  await page.keyboard.type('warning')
  const place = page.getByRole('search', { name: 'Search in the log' }).getByRole('status')
  await expect(place).toHaveText(/^\d+ of 10$/)
  const at = Number.parseInt((await place.textContent()) ?? '', 10)
  await page.keyboard.press('Enter')
  await expect(place).toHaveText(`${(at % 10) + 1} of 10`)
  await page.keyboard.press('Shift+Enter')
  await expect(place).toHaveText(`${at} of 10`)
  await expect(line(log, new RegExp(`^warning number ${at}00$`))).toHaveAttribute('data-hit', 'current')
  await expect(line(log, new RegExp(`^warning number ${at}00$`)).locator('[data-hit]')).toHaveText('warning')
  await page.getByRole('textbox', { name: 'Search for' }).fill('NUMBER [12]00$')
  await expect(place).toHaveText('None')
  await page.getByRole('button', { name: 'Regular expression' }).click()
  await expect(place).toHaveText(/^[12] of 2$/)
  await expect(line(log, 'warning number 200').locator('[data-hit]')).toHaveText('number 200')
  await page.getByRole('button', { name: 'Match case' }).click()
  await expect(place).toHaveText('None')
  await page.getByRole('textbox', { name: 'Search for' }).fill('(')
  await expect(place).toHaveText('Not a pattern')
  await page.keyboard.press('Escape')
  await expect(log).toBeFocused()

  // A catastrophic expression freezes nothing.
  await page.keyboard.press('/')
  await page.keyboard.type('(c+|o+|u+|n+|t+)+x')
  await page.getByRole('button', { name: 'Match case' }).click()
  await page.getByRole('textbox', { name: 'Search for' }).press('Escape')

  // To a line, and to the start and end.
  await page.keyboard.press('t')
  await page.keyboard.type('500')
  await page.keyboard.press('Enter')
  await expect(page.getByText(/^lines 500 to/)).toBeVisible()
  await page.keyboard.press('g')
  await expect(page.getByText(/^lines 1 to/)).toBeVisible()
  await page.keyboard.press('Shift+G')
  await expect(page.getByText(/to 1,000 of 1,000/)).toBeVisible()

  // Everything is selected and copied, also what is not drawn.
  await page.keyboard.press('Control+a')
  await page.keyboard.press('Control+c')
  await expect(page.getByText('Copied 1,000 lines.')).toBeVisible()
  const copied = (await page.evaluate(() => navigator.clipboard.readText())).split('\n')
  expect(copied).toHaveLength(1000)
  expect(copied.filter((text) => text.startsWith('count '))).toHaveLength(990)
  expect(copied.find((text) => text.startsWith('count'))).toBe('count 1')

  // A stream alone.
  await page.getByRole('radiogroup', { name: 'Streams' }).getByText('stderr').click()
  await expect(log.locator('[data-n]')).toHaveCount(10)
  await expect(page.getByText(/^lines 1 to 10 of 10/)).toBeVisible()
  await page.getByRole('radiogroup', { name: 'Streams' }).getByText('stdout').click()
  await expect(page.getByText(/of 990/)).toBeVisible()
  // Who reads elsewhere than at the end stays at that line.
  await page.keyboard.press('g')
  await page.getByRole('radiogroup', { name: 'Streams' }).getByText('All', { exact: true }).click()
  await expect(page.getByText(/ of 1,000/)).toBeVisible()
  await expect.poll(() => firstInSight(log)).toBe('count 1')
  await page.getByRole('radiogroup', { name: 'Streams' }).getByText('stdout').click()
  await expect(page.getByText(/of 990/)).toBeVisible()
  await page.keyboard.press('t')
  await page.keyboard.type('600')
  await page.keyboard.press('Enter')
  await expect(page.getByText(/^lines 600 to/)).toBeVisible()
  await expect.poll(() => firstInSight(log)).toMatch(/^count \d+$/)
  const read = await firstInSight(log)
  await page.getByRole('radiogroup', { name: 'Streams' }).getByText('All', { exact: true }).click()
  await expect(page.getByText(/ of 1,000/)).toBeVisible()
  await expect.poll(() => firstInSight(log)).toBe(read)
})

test('text is selected with the mouse, past the edge of the window', async ({ styx }) => {
  const { page } = styx
  await launchReady(page)
  await runTask(page, 'counting', 'seq 1 500')
  await expect(jobState(page, 'Succeeded')).toBeVisible()
  const log = logOf(page, 'counting')
  const row = line(log, /^480$/)
  await expect(row).toBeVisible()
  const from = await row.locator('[data-text]').boundingBox()
  const box = await log.boundingBox()
  if (!from || !box) throw new Error('the log is not on the screen')
  await page.mouse.move(from.x + 1, from.y + 9)
  await page.mouse.down()
  await page.mouse.move(from.x + 1, box.y - 30, { steps: 5 })
  await expect(page.getByText(/^lines [1-3]?\d?\d to/)).toBeVisible()
  await page.mouse.up()
  const first = Number(await firstInSight(log))
  await page.keyboard.press('Control+c')
  await expect(page.getByText(/^Copied [\d,]+ lines\.$/)).toBeVisible()
  const copied = (await page.evaluate(() => navigator.clipboard.readText())).split('\n')
  // The last picture may be a frame ahead of the pointer.
  expect(Number(copied[0])).toBeLessThan(first + 10)
  expect(copied.slice(0, -1)).toEqual(Array.from({ length: copied.length - 1 }, (_, i) => String(Number(copied[0]) + i)))

  // A word by a double click; Escape gives it back.
  await page.keyboard.press('Shift+G')
  const text = await line(log, /^470$/).locator('[data-text]').boundingBox()
  if (!text) throw new Error('the line is not on the screen')
  await page.mouse.dblclick(text.x + 10, text.y + 9)
  await page.keyboard.press('Control+c')
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('470')
})

test('long lines, progress bars and hostile output are shown as what they are', async ({ styx }) => {
  const { page } = styx
  await launchReady(page)
  await runTask(
    page,
    'counting',
    String.raw`printf '\033]0;you are hacked\007title\n'
printf '<b onclick="alert(1)">bold</b>\n'
printf '\033[2J\033[Hcleared\n'
head -c 9000 /dev/zero | tr '\0' x; echo
for i in 1 2 3 4 5; do printf 'part %d of 5\r' $i; done
sleep 600`,
  )
  const log = logOf(page, 'counting')
  await expect(line(log, /^title$/)).toBeVisible()
  await expect(line(log, '<b onclick="alert(1)">bold</b>')).toBeVisible()
  await expect(line(log, /^cleared$/)).toBeVisible()
  // It is still being written: it has no number.
  await expect(line(log, /^part 5 of 5$/)).toBeVisible()
  await expect(page.getByText('lines 1 to 4 of 4')).toBeVisible()
  await page.getByRole('button', { name: '5,000 more characters' }).click()
  await expect(page.getByRole('button', { name: '5,000 more characters' })).toBeHidden()
  await page.keyboard.press('w')
  await expect(page.getByRole('button', { name: 'wrap on' })).toBeVisible()
  await expect(line(log, /^part 5 of 5$/)).toBeInViewport()
  await expect.poll(async () => (await line(log, /^x+$/).boundingBox())?.height).toBeGreaterThan(100)
  await page.getByRole('button', { name: 'times on' }).click()
  await expect(page.getByRole('button', { name: 'times off' })).toBeVisible()
  await page.getByRole('button', { name: 'Cancel…' }).click()
  await page.getByRole('button', { name: 'Cancel counting' }).click()
  await expect(jobState(page, 'Cancelled')).toBeVisible()
})

test('a log is downloaded @web', async ({ styx }) => {
  const { page } = styx
  await launchReady(page)
  await runTask(page, 'counting', 'seq 1 2000; echo oh no >&2')
  await expect(jobState(page, 'Succeeded')).toBeVisible()
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Download', exact: true }).click()
  const file = await download
  expect(file.suggestedFilename()).toMatch(/^counting-1\./)
  const lines = (await readFile(await file.path(), 'utf8')).trimEnd().split('\n')
  expect(lines.filter((text) => text !== 'oh no')).toEqual(Array.from({ length: 2000 }, (_, i) => String(i + 1)))
  expect(lines).toContain('oh no')
})

test('a log is all there after the engine was killed while it was written', async ({ styx }) => {
  const { page } = styx
  await launchReady(page)
  await runTask(page, 'counting', 'for i in $(seq 1 1500); do echo $i; sleep 0.01; done')
  await expect(line(logOf(page, 'counting'), /^1\d\d$/).first()).toBeVisible()
  const address = page.url()
  await styx.kill()
  await styx.start()
  const again = styx.page
  await again.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Jobs' }).click()
  expect(address).toContain('/jobs/')
  await again
    .getByRole('row', { name: /counting/ })
    .getByRole('link', { name: 'counting' })
    .click()
  await expect(jobState(again, 'Succeeded')).toBeVisible({ timeout: 40_000 })
  await expect(line(logOf(again, 'counting'), /^1500$/)).toBeVisible()
  await logOf(again, 'counting').focus()
  await again.keyboard.press('Control+a')
  await again.keyboard.press('Control+c')
  await expect(again.getByText('Copied 1,500 lines.')).toBeVisible()
  const copied = await again.evaluate(() => navigator.clipboard.readText())
  expect(copied.split('\n')).toEqual(Array.from({ length: 1500 }, (_, i) => String(i + 1)))
})
