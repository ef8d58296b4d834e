import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page, TestInfo } from '@playwright/test'
import { expect, test } from './fixtures.ts'
import { placeOf, prompt, runs, screen, terminal, type } from './terminal.ts'

/** A shell on this machine, opened from the board. */
async function openShell(page: Page) {
  await page.getByRole('button', { name: 'Open a terminal' }).click()
  const shell = terminal(page, 'This machine')
  await prompt(shell)
  return shell
}

function needs(program: string, testInfo: TestInfo) {
  const there = spawnSync(program, ['--version']).error === undefined
  testInfo.skip(!there, `there is no ${program} here: sudo npm run test:setup`)
}

test('htop draws, follows a resize, and leaves the screen as it was', async ({ styx }, testInfo) => {
  needs('htop', testInfo)
  const { page } = styx
  const shell = await openShell(page)
  await runs(shell, 'echo before $((1 + 1))', 'before 2')
  await type(shell, 'htop\n')
  await expect(screen(shell)).toContainText('Load average')
  const quit = screen(shell).locator('> div').filter({ hasText: 'F10' })
  await expect(quit).toContainText('Quit')
  const rows = await screen(shell).locator('> div').count()
  const divider = page.getByRole('separator', { name: 'Height of the dock' })
  await divider.focus()
  for (let step = 0; step < 8; step++) await page.keyboard.press('ArrowUp')
  await expect.poll(() => screen(shell).locator('> div').count()).toBeGreaterThan(rows)
  // The last row is htop's own again: it has seen the new size.
  await expect(screen(shell).locator('> div').last()).toContainText('F10')
  await shell.locator('.xterm-screen').click()
  await page.keyboard.press('q')
  await expect(screen(shell)).toContainText('before 2')
  await expect(screen(shell)).not.toContainText('Load average')
})

test('vim edits a file, and is there again after a reload in the middle', async ({ styx, host }, testInfo) => {
  needs('vim', testInfo)
  const { page } = styx
  const shell = await openShell(page)
  await type(shell, 'cd ~ && vim -u NONE note.txt\n')
  await expect(screen(shell)).toContainText(/"note.txt" \[New( File)?\]/)
  await page.keyboard.type('iwritten in vim\nsecond line')
  await page.keyboard.press('Escape')
  if (host === 'web') await page.reload()
  else await page.evaluate(() => location.reload())
  await expect(screen(shell)).toContainText('written in vim')
  await expect(screen(shell).locator('> div').nth(1)).toContainText('second line')
  await type(shell, ':wq\n')
  await expect.poll(() => readFile(join(styx.userHome, 'note.txt'), 'utf8').catch(() => '')).toBe('written in vim\nsecond line\n')
  await prompt(shell)
})

test('a reload replays what was there, and the shell goes on', async ({ styx, host }) => {
  const { page } = styx
  const shell = await openShell(page)
  await runs(shell, 'X=kept; for i in $(seq 300); do echo line-$i; done', 'line-300')
  if (host === 'web') await page.reload()
  else await page.evaluate(() => location.reload())
  await expect(screen(shell)).toContainText('line-300')
  await runs(shell, 'echo variable $X', 'variable kept')
})

test('search finds what scrolled away, and says how often', async ({ styx }) => {
  const { page } = styx
  const shell = await openShell(page)
  await runs(shell, 'for i in $(seq 500); do echo "row $i of it"; done', 'row 500 of it')
  await page.keyboard.press('Control+Shift+F')
  const bar = shell.getByRole('search')
  await bar.getByRole('textbox', { name: 'Search for' }).fill('row 42 of')
  await expect(bar.getByRole('status')).toHaveText('1 of 1')
  await expect(screen(shell)).toContainText('row 42 of it')
  await bar.getByRole('textbox', { name: 'Search for' }).fill('no such text')
  await expect(bar.getByRole('status')).toHaveText('None')
  await page.keyboard.press('Escape')
  await expect(bar).toBeHidden()
})

test('a split shows two shells side by side, each with its own keys and size', async ({ styx }) => {
  const { page } = styx
  const first = await openShell(page)
  await runs(first, 'echo cols-$(tput cols)', /cols-\d+/)
  await page.getByRole('button', { name: 'Split' }).click()
  const panes = page.getByRole('region', { name: /^Terminal This machine/ })
  await expect(panes).toHaveCount(2)
  const left = panes.first()
  const right = panes.last()
  await prompt(right)
  await runs(right, 'echo right-$((2 * 4))', 'right-8')
  await runs(left, 'echo left-$((3 * 3)) of $(tput cols)', /left-9 of \d+/)
  await expect(screen(left)).not.toContainText('right-8')
  const columns = Number(/left-9 of (\d+)/.exec((await screen(left).textContent()) ?? '')?.[1])
  const before = Number(/cols-(\d+)/.exec((await screen(left).textContent()) ?? '')?.[1])
  expect(columns).toBeLessThan(before * 0.6)
})

test('tabs are opened, chosen and closed, and a closed shell has ended', async ({ styx }) => {
  const { page } = styx
  const shell = await openShell(page)
  await runs(shell, 'echo $$ > ~/pid; echo written-$((1 + 1))', 'written-2')
  const pid = Number(await readFile(join(styx.userHome, 'pid'), 'utf8'))
  await type(shell, 'exit\n')
  await expect(shell.getByText('Ended')).toBeVisible()
  expect(() => process.kill(pid, 0)).toThrow()
  await shell.getByRole('button', { name: 'New shell here' }).click()
  await prompt(shell)
  await runs(shell, 'echo again $((5 + 5))', 'again 10')
})

test('a double click selects a word, copy and paste take it along, and several lines are asked for', async ({ styx }) => {
  const { page } = styx
  const shell = await openShell(page)
  const pasted = () => readFile(join(styx.userHome, 'pasted'), 'utf8').catch(() => '')
  await runs(shell, 'echo copied$((40 + 2))word', 'copied42word')
  const word = await placeOf(shell, 'copied42word')
  await page.mouse.dblclick(word.x, word.y)
  await page.keyboard.press('Control+Shift+C')
  await page.keyboard.type('echo ')
  await page.keyboard.press('Control+Shift+V')
  await page.keyboard.type(' > ~/pasted\n')
  await expect.poll(pasted).toBe('copied42word\n')

  // Two lines for the clipboard: from a file, by the same keys.
  await runs(shell, 'clear; printf "%s%s\\n" one 1 two 2', 'two2')
  const first = await placeOf(shell, 'one1')
  const second = await placeOf(shell, 'two2')
  await page.mouse.move(first.x, first.y)
  await page.mouse.down()
  await page.mouse.move(second.x + 100, second.y, { steps: 5 })
  await page.mouse.up()
  await page.keyboard.press('Control+Shift+C')
  await page.keyboard.press('Control+Shift+V')
  const question = page.getByRole('dialog', { name: /^Paste \d+ lines\?$/ })
  await expect(question).toContainText('two2')
  await question.getByRole('button', { name: "Don't paste" }).click()
  await runs(shell, 'clear; echo nothing-$((1 + 1))-pasted', 'nothing-2-pasted')
  await expect(screen(shell)).not.toContainText('two2')
})
