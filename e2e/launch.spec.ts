import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from './fixtures.ts'
import { holdDisk } from './held-disk.ts'
import { isReady, launchThisMachine, stateOf, terminate } from './launch.ts'
import { prompt, runs, terminal } from './terminal.ts'

const NAME = 'this-machine'

test('this machine is launched, worked in, stopped, started and terminated, and nothing is left of it', async ({ styx }) => {
  const { page } = styx
  await page.getByRole('link', { name: 'Launch as a cluster' }).click()
  const plan = page.getByRole('listitem')
  for (const step of ['Look at this machine', 'Make its folder', 'Try a shell in it'])
    await expect(plan.filter({ hasText: step }).getByRole('img', { name: 'to come' })).toBeVisible()

  const disk = await holdDisk(styx)
  await page.getByRole('button', { name: 'Launch, at no cost' }).click()
  const step = (title: string) => page.getByRole('listitem').filter({ hasText: title })
  await expect(page.getByRole('heading', { name: 'Launching' })).toBeVisible()
  await expect(step('Look at this machine').getByRole('img', { name: 'done' })).toBeVisible()
  await expect(step('Make its folder').getByRole('img', { name: 'running' })).toBeVisible()
  await expect(step('Try a shell in it').getByRole('img', { name: 'to come' })).toBeVisible()
  await disk.release()
  for (const title of ['Look at this machine', 'Make its folder', 'Try a shell in it'])
    await expect(step(title).getByRole('img', { name: 'done' })).toBeVisible()
  await isReady(page, NAME)
  expect(await filesUnder(join(styx.userHome, '.styx-node'))).not.toEqual([])

  await page.getByRole('button', { name: 'Terminal', exact: true }).click()
  const shell = terminal(page, NAME)
  await prompt(shell)
  await runs(shell, 'echo $((6 * 7)) is the answer', '42 is the answer')

  await page.getByRole('button', { name: 'Stop…' }).click()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: `Stop ${NAME}` })
    .click()
  await expect(stateOf(page, 'Stopped')).toBeVisible()
  await expect(shell.getByText('Ended')).toBeVisible()
  expect(await filesUnder(join(styx.userHome, '.styx-node'))).not.toEqual([])

  await page.getByRole('button', { name: 'Start', exact: true }).click()
  await isReady(page, NAME)
  await shell.getByRole('button', { name: 'New shell here' }).click()
  await expect(page.getByRole('region', { name: `Terminal ${NAME}` })).toHaveCount(1)
  await prompt(shell)

  await terminate(page, NAME)
  await expect(stateOf(page, 'Terminated')).toBeVisible()
  expect(await filesUnder(join(styx.userHome, '.styx-node'))).toEqual([])

  await page.getByRole('button', { name: 'Remove from the list' }).click()
  await page.getByRole('link', { name: 'Board' }).first().click()
  await expect(page.getByRole('heading', { name: 'Ended' })).toBeHidden()
  await expect(page.getByRole('link', { name: 'Launch as a cluster' })).toBeVisible()
  await expect.poll(() => filesUnder(join(styx.stateFolder, 'logs', 'operations'))).toEqual([])
})

test('a launch that is cancelled takes all back', async ({ styx }) => {
  const { page } = styx
  const disk = await holdDisk(styx)
  await launchThisMachine(page)
  await page.getByRole('button', { name: 'Cancel…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Take all back' }).click()
  await expect(page.getByRole('heading', { name: 'Cancelled' })).toBeVisible()
  await disk.release()
  expect(await filesUnder(join(styx.userHome, '.styx-node'))).toEqual([])
})

/** Every file and folder below; empty too when there is no such folder. */
async function filesUnder(folder: string): Promise<string[]> {
  return readdir(folder, { recursive: true }).catch(() => [])
}
