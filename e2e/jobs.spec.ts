import { isAccessible } from './accessible.ts'
import { expect, test } from './fixtures.ts'
import { CLUSTER, jobState, launchReady, line, logOf, runTask } from './jobs.ts'

test('a job runs, ends, is found again after a reload, and runs again', async ({ styx, host }) => {
  const { page } = styx
  await launchReady(page)
  await runTask(page, 'hello', 'for i in 1 2 3; do echo "line $i"; done\necho oh no >&2', 'setup: echo prepared\n')
  await expect(jobState(page, 'Succeeded')).toBeVisible()
  const log = logOf(page, 'hello')
  await expect(line(log, 'prepared')).toBeVisible()
  await expect(line(log, /^line 3$/)).toBeVisible()
  await expect(line(log, 'oh no')).toHaveAttribute('data-err', 'true')
  await expect(page.getByText('lines 1 to 5 of 5')).toBeVisible()

  if (host === 'web') await page.reload()
  else await page.evaluate(() => location.reload())
  await expect(jobState(page, 'Succeeded')).toBeVisible()
  await expect(line(log, /^line 1$/)).toBeVisible()

  await page.keyboard.press('3')
  const row = page.getByRole('row', { name: /hello/ })
  await expect(row).toContainText('Succeeded')
  await expect(row).toContainText(CLUSTER)
  await row.getByRole('link', { name: 'hello' }).focus()
  await page.keyboard.press('l')
  await expect(
    page.getByRole('list', { name: 'Terminals' }).getByRole('button', { name: 'hello · log', exact: true }),
  ).toBeVisible()
  await expect(line(logOf(page, 'hello'), /^line 2$/)).toBeVisible()
  await expect(page.getByRole('heading', { level: 1, name: 'Jobs' })).toBeVisible()
  await page.getByRole('button', { name: 'Close hello · log' }).click()

  await row.getByRole('link', { name: 'hello' }).click()
  await page.getByRole('button', { name: 'Run again' }).click()
  await expect(page.getByText('#2', { exact: true })).toBeVisible()
  await expect(jobState(page, 'Succeeded')).toBeVisible()

  await page.getByRole('button', { name: 'More for hello' }).click()
  await page.getByRole('menuitem', { name: 'Remove…' }).click()
  await page.getByRole('button', { name: 'Remove it and its log' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Jobs' })).toBeVisible()
  await expect(page.getByRole('row', { name: /hello/ })).toHaveCount(1)
})

test('a second job waits behind the first; both are cancelled', async ({ styx }) => {
  const { page } = styx
  await launchReady(page)
  await runTask(page, 'long', 'trap "" TERM\necho started\nsleep 600 & wait\nsleep 600')
  await expect(jobState(page, 'Running')).toBeVisible()
  await expect(line(logOf(page, 'long'), 'started')).toBeVisible()
  await runTask(page, 'second', 'echo never')
  await expect(jobState(page, 'Waits')).toBeVisible()
  await expect(page.getByText('waits behind #1 long', { exact: true })).toBeVisible()
  await expect(page.getByText('Its log begins when it does: it waits behind #1 long.')).toBeVisible()
  await expect(page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Jobs' })).toContainText('2 active')

  await page.getByRole('button', { name: 'Cancel…' }).click()
  await expect(page.getByRole('dialog')).toContainText('It never begins.')
  await page.getByRole('button', { name: 'Cancel second' }).click()
  await expect(jobState(page, 'Cancelled')).toBeVisible()
  await expect(page.getByText('It never began.')).toBeVisible()

  await page.getByRole('link', { name: CLUSTER }).first().click()
  await page
    .getByRole('navigation', { name: `Views of ${CLUSTER}` })
    .getByRole('link', { name: /^Jobs/ })
    .click()
  const row = page.getByRole('row', { name: /long/ })
  await row.getByRole('button', { name: 'More for long, number 1' }).click()
  await page.getByRole('menuitem', { name: 'Cancel…' }).click()
  await page.getByRole('button', { name: 'Cancel long' }).click()
  await expect(row).toContainText('Cancelling')
  // It does not listen to TERM: 10 s later it is killed.
  await expect(row).toContainText('Cancelled', { timeout: 30_000 })
})

test('a job that prints nothing says so, and its end is no failure to read', async ({ styx }) => {
  const { page } = styx
  await launchReady(page)
  await runTask(page, 'silent', 'sleep 2')
  await expect(page.getByText('It printed nothing so far.')).toBeVisible()
  await expect(jobState(page, 'Succeeded')).toBeVisible()
  await expect(page.getByText('It printed nothing.', { exact: true })).toBeVisible()
  await expect(page.getByText(/can be read/)).toHaveCount(0)
})

test('a job that fails says how, and is found by what it is', async ({ styx }) => {
  const { page } = styx
  await launchReady(page)
  await runTask(page, 'broken', 'echo before\nno-such-command-here')
  await expect(jobState(page, 'Failed')).toBeVisible()
  await expect(page.getByText('127, command not found')).toBeVisible()
  await page.keyboard.press('3')
  await page
    .getByRole('radiogroup', { name: 'State' })
    .getByText(/^Failed/)
    .click()
  await expect(page.getByRole('row', { name: /broken/ })).toBeVisible()
  await expect(page).toHaveURL(/state=failed/)
  await page.getByRole('textbox', { name: 'Search in the jobs' }).fill('nothing like it')
  await expect(page.getByText('No job is like that')).toBeVisible()
  await page.getByRole('button', { name: 'Show all' }).click()
  await expect(page.getByRole('row', { name: /broken/ })).toBeVisible()
})

for (const theme of ['dark', 'light'] as const)
  test(`the pages of jobs are free of accessibility violations, ${theme}`, async ({ styx, host }) => {
    const { page } = styx
    const check = (where: string) => isAccessible(page, host, `${where}, ${theme}`)
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Jobs' }).click()
    await expect(page.getByText('No job yet')).toBeVisible()
    await check('no job')
    await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Board' }).click()
    await launchReady(page)
    // All sixteen colours, on the grounds of stdout, stderr and hits, and grounds of their own.
    const colours = String.raw`for c in 30 31 32 33 34 35 36 37 90 91 92 93 94 95 96 97; do printf '\033[%dmcolour %d\033[0m ' $c $c; done; echo`
    const own = String.raw`printf '\033[30;43mon yellow\033[0m \033[37;41mon red\033[0m \033[7mreversed\033[0m \033[2mdim\033[0m \033[38;2;10;10;80mblue\033[0m\n'`
    await runTask(page, 'colours', `${colours}\n${own}\necho plain\n{ ${colours}; echo oh no; } >&2\nexit 3`)
    await expect(jobState(page, 'Failed')).toBeVisible()
    await expect(line(logOf(page, 'colours'), 'plain')).toBeVisible()
    await page.getByRole('textbox', { name: 'Search for' }).fill('o')
    await expect(page.getByText('1 of 4', { exact: true })).toBeVisible()
    await check('a job')
    await page.keyboard.press('Escape')
    await page.keyboard.press('3')
    await page
      .getByRole('row', { name: /colours/ })
      .getByRole('link', { name: 'colours' })
      .focus()
    await page.keyboard.press('l')
    await expect(line(logOf(page, 'colours'), 'plain')).toBeVisible()
    await check('jobs, with a log in the dock')
    await page.getByRole('button', { name: 'Close colours · log' }).click()
    await page.getByRole('navigation', { name: 'Clusters' }).getByRole('link', { name: CLUSTER }).click()
    await page
      .getByRole('navigation', { name: `Views of ${CLUSTER}` })
      .getByRole('link', { name: 'Logs' })
      .click()
    await expect(line(logOf(page, 'colours'), 'plain')).toBeVisible()
    await check('logs of a cluster')
  })
