import { expect, test } from './fixtures.ts'
import { isReady, launchThisMachine } from './launch.ts'

const BAD = [
  ['', 'Give the cluster a name.'],
  ['x'.repeat(41), 'At most 40 characters; this has 41.'],
  ['../x', 'Small letters, digits and hyphens, beginning with a letter'],
  ['Llama', 'Small letters, digits and hyphens, beginning with a letter'],
  ['this-machine', 'A cluster is called this-machine already.'],
] as const

test('a bad name is refused in words, and nothing is launched', async ({ styx }) => {
  const { page } = styx
  await launchThisMachine(page)
  await isReady(page, 'this-machine')

  await page
    .getByRole('navigation', { name: 'Where you can launch' })
    .getByRole('link', { name: /^This machine/ })
    .click()
  const name = page.getByRole('textbox', { name: 'Name' })
  const launch = page.getByRole('button', { name: 'Launch, at no cost' })
  await expect(launch).toBeEnabled() // the name that is proposed is free
  for (const [bad, words] of BAD) {
    await name.fill(bad)
    await expect(page.getByText(words)).toBeVisible()
    await expect(name).toHaveAttribute('aria-invalid', 'true')
    await expect(launch).toBeDisabled()
    await name.press('Enter')
  }
  await expect(page.getByRole('navigation', { name: 'Clusters' }).getByRole('listitem')).toHaveCount(1)

  await name.fill('llama-pretrain')
  await launch.click()
  await isReady(page, 'llama-pretrain')
})
