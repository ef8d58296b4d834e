import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'
import { CLUSTER, jobState, line, logOf, runTask } from './jobs.ts'

const LINES = 3000

// `accelerator` is the mistake. The lines go on over a kill of the engine; every tenth is an error.
const TASK = `name: count
resources:
  cpu: 1
setup: echo prepared
run: |
  for i in $(seq 1 ${LINES}); do
    echo "line $i"
    [ $((i % 10)) -ne 0 ] || echo "tenth $i" >&2
    [ $((i % 100)) -ne 0 ] || sleep 0.4
  done
`

test('a day of work: a task is mended, launched, followed over a kill -9, searched, saved; the next one waits and is cancelled', async ({
  styx,
  host,
}) => {
  test.setTimeout(120_000)
  const file = join(styx.userHome, 'count.yaml')
  await writeFile(file, TASK)
  await test.step('opened, mended, launched and run in one go', async () => {
    const { page } = styx
    await page.getByRole('navigation', { name: 'Views', exact: true }).getByRole('link', { name: 'Jobs' }).click()
    await page.getByRole('link', { name: 'Write a task' }).first().click()
    await page.getByLabel('Task file to open').setInputFiles(file)
    await expect(page.locator('.cm-lintRange-error')).toHaveText('cpu')
    await page.getByRole('region', { name: 'Problems' }).getByRole('button', { name: 'Fix' }).click()
    await page.getByRole('button', { name: 'Launch and run, at no cost' }).click()
    await expect(page.getByText('Submit the job').first()).toBeVisible()
    await page.getByRole('navigation', { name: 'Views', exact: true }).getByRole('link', { name: 'Jobs' }).click()
    await page.getByRole('row', { name: /count/ }).getByRole('link', { name: 'count' }).click()
    await expect(jobState(page, 'Running')).toBeVisible()
  })
  await test.step('followed, and the engine is killed while it prints', async () => {
    await expect(line(logOf(styx.page, 'count'), /^line ([2-9]\d\d|\d{4})$/).first()).toBeVisible()
    await styx.kill()
    await styx.start()
    const { page } = styx
    await page.getByRole('navigation', { name: 'Views', exact: true }).getByRole('link', { name: 'Jobs' }).click()
    await page.getByRole('row', { name: /count/ }).getByRole('link', { name: 'count' }).click()
    await expect(jobState(page, 'Running')).toBeVisible()
  })
  const { page } = styx
  await test.step('a second one waits behind it, and is cancelled', async () => {
    await runTask(page, 'second', 'echo never')
    await expect(jobState(page, 'Waits')).toBeVisible()
    await page.getByRole('button', { name: 'Cancel…' }).click()
    await page.getByRole('button', { name: 'Cancel second' }).click()
    await expect(jobState(page, 'Cancelled')).toBeVisible()
  })
  await test.step('searched, and saved: no line is missing or double', async () => {
    await page.getByRole('navigation', { name: 'Views', exact: true }).getByRole('link', { name: 'Jobs' }).click()
    await page.getByRole('row', { name: /count/ }).getByRole('link', { name: 'count' }).click()
    await expect(jobState(page, 'Succeeded')).toBeVisible({ timeout: 60_000 })
    await expect(line(logOf(page, 'count'), `line ${LINES}`)).toBeVisible()
    await page.getByRole('textbox', { name: 'Search for' }).fill('tenth')
    await expect(page.getByRole('status', { name: 'Lines that match' })).toContainText(`of ${LINES / 10}`)
    await page.keyboard.press('Escape')
    const text = await saved(page, host)
    const numbers = (word: string) => text.split('\n').flatMap((one) => one.match(new RegExp(`^${word} (\\d+)$`))?.[1] ?? [])
    expect(numbers('line')).toEqual(Array.from({ length: LINES }, (_, i) => String(i + 1)))
    expect(numbers('tenth')).toEqual(Array.from({ length: LINES / 10 }, (_, i) => String((i + 1) * 10)))
    expect(text.match(/^prepared$/gm)).toHaveLength(1)
  })
  await test.step('what the machine did is shown, and everything is found again after a restart', async () => {
    await styx.kill()
    await styx.start()
    const { page } = styx
    await page.getByRole('navigation', { name: 'Clusters' }).getByRole('link', { name: CLUSTER }).click()
    await page
      .getByRole('navigation', { name: `Views of ${CLUSTER}` })
      .getByRole('link', { name: 'GPUs' })
      .click()
    await expect(page.getByRole('figure', { name: /^CPU of head over the last 15 minutes\. now \d+ %, mean/ })).toBeVisible()
    await page
      .getByRole('navigation', { name: `Views of ${CLUSTER}` })
      .getByRole('link', { name: /^Jobs/ })
      .click()
    await expect(page.getByRole('row', { name: /second/ })).toContainText('Cancelled')
    await expect(page.getByRole('row', { name: /count/ })).toContainText('Succeeded')
    await page.getByRole('row', { name: /count/ }).getByRole('link', { name: 'count' }).click()
    await expect(line(logOf(page, 'count'), `line ${LINES}`)).toBeVisible()
  })
})

/** The file behind the button. The desktop asks where to save it (electron-window.spec.ts): here its page reads it instead. */
async function saved(page: Page, host: 'web' | 'electron'): Promise<string> {
  const button = page.getByRole('link', { name: 'Download', exact: true })
  if (host === 'electron') return button.evaluate(async (link: HTMLAnchorElement) => (await fetch(link.href)).text())
  const download = page.waitForEvent('download')
  await button.click()
  return readFile(await (await download).path(), 'utf8')
}
