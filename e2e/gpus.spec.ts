import type { Page } from '@playwright/test'
import { isAccessible } from './accessible.ts'
import { expect, test } from './fixtures.ts'
import { isReady, launchThisMachine } from './launch.ts'
import { installNvidiaSmi } from './nvidia-smi.ts'

const NAME = 'this-machine'

/** A machine with eight GPUs, by the stand-in, from the engine's first check on. */
const withGpus = test.extend<{ answers: Awaited<ReturnType<typeof installNvidiaSmi>> }>({
  answers: async ({ homes }, use) => use(await installNvidiaSmi(homes)),
  homes: async ({ homes }, use) => {
    await (await installNvidiaSmi(homes))('eight-h100')
    await use(homes)
  },
})

async function accessible(page: Page, host: 'web' | 'electron') {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await isAccessible(page, host, `${await page.title()}, ${colorScheme}`)
  }
}

const gpu = (page: Page, index: number) =>
  page
    .getByRole('table', { name: 'GPUs' })
    .getByRole('row')
    .nth(index + 1)
const figure = (page: Page, name: RegExp) => page.getByRole('figure', { name })

test('a machine without NVIDIA GPU says so, and its charts show what it does', async ({ styx, host }) => {
  const { page } = styx
  await page.getByRole('link', { name: 'GPUs' }).click()
  await expect(page.getByRole('heading', { name: 'No NVIDIA GPU here' })).toBeVisible()
  await accessible(page, host)
  await page.getByRole('link', { name: 'Board' }).click()
  await launchThisMachine(page)
  await isReady(page, NAME)
  await page
    .getByRole('navigation', { name: `Views of ${NAME}` })
    .getByRole('link', { name: 'GPUs' })
    .click()
  await expect(page.getByText('No NVIDIA GPU here')).toBeVisible()
  // What a chart shows is said in words too.
  await expect(figure(page, /^CPU of head over the last 15 minutes\. now \d+ %, mean/)).toBeVisible({ timeout: 20_000 })
  await expect(figure(page, /^Memory of head over the last 15 minutes\. memory: now [\d.]+ .iB/)).toBeVisible()
  await accessible(page, host)
  for (const [span, words] of [
    ['6 h', 'hours'],
    ['30 d', 'days'],
  ] as const) {
    await page.getByRole('radiogroup', { name: 'How far back' }).getByText(span, { exact: true }).click()
    await expect(figure(page, new RegExp(`^CPU of head over the last \\d+ ${words}\\. now`))).toBeVisible({ timeout: 20_000 })
  }
  await page.reload()
  await expect(figure(page, /^CPU of head over the last 30 days/)).toBeVisible({ timeout: 20_000 })
})

withGpus('eight GPUs: their charts, who computes on them, and one that is lost', async ({ answers, styx, host }) => {
  withGpus.setTimeout(150_000) // a note goes a while after its cause
  const { page } = styx
  await answers('eight-h100', `app GPU-000000a4-1c2d-4e5f-8a9b-0c1d2e3f4a5b|${styx.pid}|node|10\n`)
  await launchThisMachine(page)
  await isReady(page, NAME)
  await page.getByRole('complementary').getByRole('link', { name: 'GPUs' }).click()
  const table = page.getByRole('table', { name: 'GPUs' })
  await expect(table.getByRole('row')).toHaveCount(9)
  await expect(gpu(page, 0)).toContainText('97 %')
  await expect(gpu(page, 0)).toContainText('688 / 700 W')
  await expect(gpu(page, 7)).toContainText('1,755 / 1,980 MHz')
  await expect(gpu(page, 6)).toContainText('12 / 0')
  await accessible(page, host)

  await table.getByRole('button', { name: 'Use', exact: true }).click()
  await expect(table.getByRole('row').nth(1)).toContainText('100 %')
  await page.getByRole('textbox', { name: 'Search GPUs' }).fill('ray::IDLE')
  await expect(table.getByRole('row')).toHaveCount(2)
  await page.getByRole('textbox', { name: 'Search GPUs' }).fill('')
  await page.getByRole('radiogroup', { name: 'Which GPUs' }).getByText('Idle 3').click()
  await expect(table.getByRole('row')).toHaveCount(4)

  await table.getByRole('link', { name: NAME }).first().click()
  await expect(figure(page, /^GPU 7 use of head over the last 15 minutes\. now 100 %/)).toBeVisible({ timeout: 20_000 })
  await page.getByRole('radiogroup', { name: "What the GPUs' charts show" }).getByText('Heat').click()
  await expect(figure(page, /^GPU 7 heat of head over the last 15 minutes\. now 71 °C/)).toBeVisible({ timeout: 20_000 })
  // The process is this very engine.
  await expect(
    page
      .getByRole('row')
      .filter({ hasText: 'serve.js' })
      .or(page.getByRole('row').filter({ hasText: String(styx.pid) }))
      .first(),
  ).toBeVisible()
  await accessible(page, host)

  await page.getByRole('complementary').getByRole('link', { name: 'Settings' }).click()
  await page.getByRole('textbox', { name: 'Lost GPUs, in s' }).fill('5')
  await page.getByRole('textbox', { name: 'Lost GPUs, in s' }).blur()
  await accessible(page, host)
  await answers('lost-one')
  await page.getByRole('complementary').getByRole('link', { name: 'Board' }).click()
  await expect(page.getByText('GPU 2 does not answer').first()).toBeVisible({ timeout: 30_000 })
  await page.getByRole('complementary').getByRole('link', { name: 'GPUs' }).click()
  await expect(gpu(page, 2)).toContainText('unknown')
  await expect(gpu(page, 3)).toContainText('99 %')
  await answers('eight-h100')
  await expect(gpu(page, 2)).toContainText('96 %')
  await page.getByRole('complementary').getByRole('link', { name: 'Events' }).click()
  await expect(page.getByText('Over: GPU 2 does not answer')).toBeVisible({ timeout: 60_000 })
})

withGpus('a driver that does not answer is told in plain words with the way out', async ({ answers, styx }) => {
  const { page } = styx
  await expect(page.getByText(/8 × .*H100/).first()).toBeVisible()
  await answers('mismatch')
  await page.keyboard.press('ControlOrMeta+k')
  await page.getByRole('textbox', { name: 'Search' }).fill('check this machine')
  await page.keyboard.press('Enter')
  await page.getByRole('complementary').getByRole('link', { name: 'GPUs' }).click()
  await expect(page.getByText('The NVIDIA driver was updated while the old one was loaded').first()).toBeVisible({
    timeout: 20_000,
  })
  await expect(page.getByText('sudo reboot').first()).toBeVisible()
})
