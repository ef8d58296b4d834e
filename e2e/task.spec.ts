import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { isAccessible } from './accessible.ts'
import { expect, test } from './fixtures.ts'

const TASK = `# Say hello
name: hello

resources:
  cpuss: 1   # one is enough

envs:
  WHO: world
  TIMES: null

secrets:
  TOKEN: hidden-in-the-file

run: |
  echo "hello $WHO"
`

const SECRETS = ['hidden-in-the-file', 'typed-by-hand']

const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true })
const problems = (page: Page) => page.getByRole('region', { name: 'Problems' })

/** The text as the editor shows it; it is short enough to be all drawn. */
async function text(page: Page): Promise<string> {
  const lines = await field(page, 'Task as YAML').locator('.cm-line').allTextContents()
  return lines.join('\n')
}

async function openTasks(page: Page) {
  await expect(page.getByRole('heading', { level: 1, name: 'Board' })).toBeVisible()
  await page.keyboard.press('r')
  await expect(page.getByRole('heading', { level: 1, name: 'Write a task' })).toBeVisible()
}

test('a file with a mistake is opened, mended, and kept in step with the form', async ({ styx, host }) => {
  const { page } = styx
  const file = join(styx.userHome, 'hello.yaml')
  await writeFile(file, TASK)
  await openTasks(page)

  // The mistake is underlined and listed, the field says so, and the button makes nothing.
  await page.getByLabel('Task file to open').setInputFiles(file)
  await expect(page.getByText('hello.yaml')).toBeVisible()
  await expect(page.locator('.cm-lintRange-error')).toHaveText('cpuss')
  await expect(problems(page).getByRole('listitem')).toHaveText([/^5Unknown key cpuss in resources. Did you mean cpus\?/])
  await expect(page.getByText('line 5, misspelt')).toBeVisible()
  await page.getByRole('button', { name: /^Launch and run/ }).click()
  await expect(page.getByText('line 5, column 8', { exact: false })).toBeVisible()
  expect(await page.evaluate(() => getSelection()?.toString())).toBe('cpuss')
  await expect(page).toHaveURL(/\/task$/)

  await problems(page).getByRole('button', { name: 'Fix' }).click()
  await expect(page.locator('.cm-lintRange-error')).toHaveCount(0)
  await expect(problems(page).getByRole('listitem')).toHaveCount(0)
  await expect(field(page, 'Cores')).toHaveValue('1')

  // The secret went from the text into its field.
  expect(await text(page)).toBe(TASK.replace('cpuss', 'cpus').replace('hidden-in-the-file', 'null'))
  await expect(field(page, 'TOKEN, secret')).toHaveAttribute('type', 'password')
  await expect(field(page, 'TOKEN, secret')).toHaveValue('hidden-in-the-file')

  // Form to text: values, new keys, and what goes; comments and layout stay.
  await field(page, 'Name').fill('hello-again')
  await field(page, 'Cores').fill('2+')
  await field(page, 'Nodes').fill('1')
  await field(page, 'WHO').fill('yes')
  const formed = TASK.replace('cpuss: 1', 'cpus: 2+')
    .replace('hidden-in-the-file', 'null')
    .replace('name: hello\n', 'name: hello-again\nnum_nodes: 1\n')
    .replace('WHO: world', 'WHO: "yes"')
  await expect.poll(() => text(page)).toBe(formed)
  await expect(page.getByText('line 3', { exact: true })).toBeVisible()

  // Text to form.
  await field(page, 'Task as YAML').getByText('hello-again').click()
  await page.keyboard.press('End')
  await page.keyboard.type('-and-again')
  await expect(field(page, 'Name')).toHaveValue('hello-again-and-again')
  await page.keyboard.press('Control+z')
  await expect(field(page, 'Name')).toHaveValue('hello-again')

  // A value that is left open is asked for, and stays out of the text.
  await expect(page.getByText('Give TIMES a value first.')).toBeVisible()
  await page.getByRole('button', { name: /^Launch and run/ }).click()
  await expect(field(page, 'TIMES')).toBeFocused()
  await page.keyboard.type('3')
  await field(page, 'TOKEN, secret').fill('typed-by-hand')
  await expect(page.getByText('Give TIMES a value first.')).toBeHidden()
  expect(await text(page)).toBe(formed)

  // Saved without its secret. Electron asks by a window of the desktop where to.
  if (host === 'web') {
    const download = page.waitForEvent('download')
    await page.keyboard.press('Control+s')
    expect(await readFile(await (await download).path(), 'utf8')).toBe(formed)
  }

  // The draft is there after a reload and after a restart of the engine; secrets are not, nowhere.
  await expect.poll(() => kept(styx.stateFolder)).toContain('hello-again')
  await page.reload()
  await expect.poll(() => text(page)).toBe(formed)
  await expect(field(page, 'TIMES')).toHaveValue('3')
  await expect(field(page, 'TOKEN, secret')).toHaveValue('')
  await styx.kill()
  await styx.start()
  await openTasks(styx.page)
  await expect.poll(() => text(styx.page)).toBe(formed)
  for (const secret of SECRETS) expect(await kept(styx.stateFolder)).not.toContain(secret)
})

test('a task is dropped, pasted, completed, and mended by keys', async ({ styx }) => {
  const { page } = styx
  await openTasks(page)

  const dropped = await page.evaluateHandle((content) => {
    const data = new DataTransfer()
    data.items.add(new File([content], 'dropped.yaml'))
    return data
  }, TASK)
  await page.locator('.cm-content').dispatchEvent('drop', { dataTransfer: dropped })
  await expect(page.getByText('dropped.yaml')).toBeVisible()
  await expect.poll(() => text(page)).toBe(TASK.replace('hidden-in-the-file', 'null'))

  // Ctrl . mends what is on the line of the caret.
  await page.getByText('cpuss', { exact: false }).first().click()
  await page.keyboard.press('Control+.')
  await expect(problems(page).getByRole('listitem')).toHaveCount(0)

  // Pasted where no field has the focus: another task. Undo brings back the one before.
  const pasted = 'secrets:\n  KEY: hidden-in-the-file\nrun: echo pasted\n'
  await page.evaluate((content) => {
    ;(document.activeElement as HTMLElement | null)?.blur()
    const data = new DataTransfer()
    data.setData('text/plain', content)
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
  }, pasted)
  await expect.poll(() => text(page)).toBe(pasted.replace('hidden-in-the-file', 'null'))
  await expect(field(page, 'KEY, secret')).toHaveValue('hidden-in-the-file')
  await field(page, 'Task as YAML').press('Control+z')
  await expect.poll(() => text(page)).toContain('Say hello')

  // Completed from the schema, with an explanation.
  await field(page, 'Task as YAML').press('Control+End')
  await page.keyboard.type('res')
  await expect(page.getByRole('listbox', { name: 'Completions' })).toBeHidden()
  await page.keyboard.press('Backspace')
  await page.keyboard.press('Backspace')
  await page.keyboard.press('Backspace')
  await page.keyboard.type('set')
  await expect(page.getByRole('option', { name: 'setup' })).toBeVisible()
  await expect(page.getByText('Commands that prepare the node, before run.')).toBeVisible()
  await page.keyboard.press('Tab')
  await page.keyboard.type('make')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await expect.poll(() => text(page)).toContain('setup: make\n  ')
  await expect(page.getByRole('button', { name: 'Setup: go to its lines' })).toContainText('make')
})

test('a task is launched and run in one go, and again on the cluster that is then ready', async ({ styx }) => {
  const { page } = styx
  const file = join(styx.userHome, 'hello.yaml')
  // The secret is proved by its length: what a task prints itself is in its log.
  await writeFile(
    file,
    TASK.replace('cpuss', 'cpus').replace('$WHO"', '$WHO, $TIMES times, $(printf %s "$TOKEN" | wc -c) letters"'),
  )
  await openTasks(page)
  await page.getByLabel('Task file to open').setInputFiles(file)
  await field(page, 'TIMES').fill('3')
  await page.getByRole('button', { name: 'Launch and run, at no cost' }).click()
  await expect(page).toHaveURL(/\/operation$/)
  await page.keyboard.press('3')
  await page.getByRole('link', { name: 'hello' }).first().click()
  await expect(page.getByText('hello world, 3 times, 18 letters')).toBeVisible()

  await page.keyboard.press('r')
  await page.getByRole('button', { name: 'Run on this-machine' }).click()
  await expect(page).toHaveURL(/\/jobs\/[^/]+$/)
  await expect(page.getByText('hello world, 3 times, 18 letters')).toBeVisible()

  // Again like a job: its text, without the values that were secret.
  await page.keyboard.press('r')
  await field(page, 'Task as YAML').click()
  await page.keyboard.press('Control+a')
  await page.keyboard.type('run: echo other')
  await page.getByRole('button', { name: 'Again like…' }).click()
  await page.getByRole('menuitem', { name: 'hello' }).first().click()
  await expect.poll(() => text(page)).toContain('Say hello')
  expect(await text(page)).toContain('TOKEN: null')
  await expect(page.getByText(/Z brings back what was here/)).toBeVisible()
})

for (const theme of ['dark', 'light'] as const)
  test(`the page is free of accessibility violations, ${theme}`, async ({ styx, host }) => {
    const { page } = styx
    const check = (where: string) => isAccessible(page, host, `${where}, ${theme}`)
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await openTasks(page)
    await expect(page.getByRole('cell', { name: 'now' })).toBeVisible()
    await check('empty')
    const file = join(styx.userHome, 'hello.yaml')
    await writeFile(file, TASK)
    await page.getByLabel('Task file to open').setInputFiles(file)
    await expect(page.locator('.cm-lintRange-error')).toBeVisible()
    await check('with a problem')
    await page.getByText('cpuss', { exact: false }).first().click()
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    await page.keyboard.type('mem')
    await expect(page.getByRole('option', { name: 'memory' })).toBeVisible()
    await check('completing')
  })

/** All that the engine's database holds, as text. */
async function kept(stateFolder: string): Promise<string> {
  const parts = await Promise.all(
    ['styx.db', 'styx.db-wal'].map((name) => readFile(join(stateFolder, name), 'latin1').catch(() => '')),
  )
  return parts.join('')
}
