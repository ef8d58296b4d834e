import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { isAccessible } from './accessible.ts'
import { expect } from './fixtures.ts'
import { jobState, line, logOf, runTask } from './jobs.ts'
import { isReady, stateOf } from './launch.ts'
import { gpusOfHosts } from './nvidia-smi.ts'
import { addAll, know, launchWithoutRay, test } from './ssh-hosts.ts'
import { noSshd } from './substrate/sshd.ts'
import { prompt, runs, terminal } from './terminal.ts'

test.skip(noSshd !== null, noSshd ?? '')

test('two clusters share a machine, each with GPUs of its own; machines are added to one, and removed again', async ({
  styx,
  hosts,
  host,
}) => {
  test.slow()
  const { page } = styx
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const machines = await hosts(['gpu-01', 'gpu-02'], null, await gpusOfHosts(styx.userHome, 2))
  await know(styx.userHome, machines)
  await addAll(page, 'lab')
  await expect(page.getByRole('main').getByText('can launch')).toHaveCount(2)

  // The first takes one GPU of four; the second is shown who holds it, and gets the others.
  const launch = async (name: string) => {
    await page.getByRole('navigation', { name: 'Where you can launch' }).getByRole('link', { name: 'lab' }).click()
    await page.getByRole('main').getByRole('link', { name: 'Launch' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill(name)
  }
  const gpus = page.getByRole('textbox', { name: 'GPUs of gpu-01' })
  await launch('one')
  await expect(gpus).toHaveValue('4')
  await gpus.fill('1')
  await launchWithoutRay(page)
  await isReady(page, 'one')
  await launch('two')
  await expect(page.getByText('one holds GPU 0')).toBeVisible()
  await expect(gpus).toHaveValue('3')
  await expect(page.getByText('of 3 free')).toBeVisible()
  await isAccessible(page, host, 'the map of GPUs')
  await launchWithoutRay(page)
  await isReady(page, 'two')

  await page.getByRole('button', { name: 'Terminal', exact: true }).click()
  const shell = terminal(page, 'two')
  await prompt(shell)
  await expect(shell.getByText('two holds GPU 1, 2, 3 of 4 here')).toBeVisible()
  await runs(shell, 'echo "[$CUDA_VISIBLE_DEVICES]"', '[1,2,3]')
  await page.getByRole('main').getByRole('link', { name: 'GPUs' }).click()
  await expect(page.getByRole('table', { name: 'GPUs' }).getByRole('row', { name: /^0 one/ })).toBeVisible()
  await isAccessible(page, host, 'GPUs that are shared')
  await page.getByRole('navigation', { name: 'Where you can launch' }).getByRole('link', { name: 'lab' }).click()
  await expect(page.getByText('(GPU 0)')).toBeVisible()
  await expect(page.getByText('(GPUs 1–3)')).toBeVisible()

  // A machine comes to the second while it works.
  await runTask(page, 'long', 'while [ ! -e go ]; do sleep 0.1; done', '', 'two')
  await expect(jobState(page, 'Running')).toBeVisible()
  const nodes = async () => {
    await page.getByRole('navigation', { name: 'Clusters' }).getByRole('link', { name: 'two' }).click()
    await page
      .getByRole('navigation', { name: 'Views of two' })
      .getByRole('link', { name: /^Nodes/ })
      .click()
  }
  await nodes()
  await expect(nodeRow(page, 'head').getByText('GPUs 1–3 of 4')).toBeVisible()
  await page.getByRole('button', { name: 'Add machines…' }).click()
  const adding = page.getByRole('dialog', { name: 'Add machines to two' })
  await expect(adding.getByRole('checkbox', { name: 'gpu-01' })).toHaveCount(0)
  await adding.getByRole('checkbox', { name: 'gpu-02' }).check()
  await isAccessible(page, host, 'machines to be added')
  await adding.getByRole('button', { name: 'Add 1 machine' }).click()
  await expect(nodeRow(page, 'worker 1').getByText('up', { exact: true })).toBeVisible()
  await expect(stateOf(page, 'Ready')).toBeVisible()
  await isAccessible(page, host, 'nodes')
  await expect(page.getByRole('button', { name: 'Remove head…' })).toHaveCount(0)

  await runTask(page, 'wide', 'echo "rank $SKYPILOT_NODE_RANK"; sleep 600', 'num_nodes: 2\n', 'two')
  await nodes()
  await page.getByRole('button', { name: 'Remove worker 1…' }).click()
  const asked = page.getByRole('dialog', { name: 'Remove worker 1 from two?' })
  await expect(asked.getByText('2 (wide)')).toBeVisible()
  await isAccessible(page, host, 'a node to be removed')
  await asked.getByRole('button', { name: 'End 1 job and remove' }).click()
  await expect(nodeRow(page, 'worker 1')).toHaveCount(0)
  await expect(stateOf(page, 'Ready')).toBeVisible()
  expect(await readdir(join(machines[1]!.home, '.styx-node')).catch(() => [])).toEqual([])

  // What ran on the head went on, and nothing else was ended.
  await page.getByRole('navigation', { name: 'Views of two' }).getByRole('link', { name: /^Jobs/ }).click()
  await page.getByRole('main').getByRole('link', { name: 'long' }).click()
  await expect(jobState(page, 'Running')).toBeVisible()
  await runTask(page, 'after', 'echo "<$CUDA_VISIBLE_DEVICES>"', 'resources: {accelerators: H100:1}\n', 'one')
  await expect(line(logOf(page, 'after'), '<0>')).toBeVisible()
})

/** A node's row in the table of its cluster. */
const nodeRow = (page: Page, name: string) => page.getByRole('row').filter({ has: page.getByRole('cell', { name, exact: true }) })
