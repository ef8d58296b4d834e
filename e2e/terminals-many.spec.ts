import { spawnSync } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { isAccessible } from './accessible.ts'
import { expect } from './fixtures.ts'
import { isReady, stateOf, terminate } from './launch.ts'
import { addAll, know, launchWithoutRay, test } from './ssh-hosts.ts'
import { noSshd, type Sshd } from './substrate/sshd.ts'
import { prompt, runs, screen, terminal, terminalsOnAll, type } from './terminal.ts'

test.skip(noSshd !== null, noSshd ?? '')
const noTmux = spawnSync('tmux', ['-V']).error !== undefined
const NO_TMUX = 'there is no tmux here: sudo npm run test:setup'

/** Launches `lab` on machines whose keys are known, and is on its page. */
async function launchLab(page: Page, userHome: string, machines: Sshd[]): Promise<void> {
  await know(userHome, machines)
  await addAll(page, 'lab')
  for (let i = 1; i <= machines.length; i++)
    await expect(page.getByRole('row', { name: new RegExp(`gpu-${i}\\b`) }).getByText('can launch')).toBeVisible()
  await page.getByRole('main').getByRole('link', { name: 'Launch' }).click()
  for (let i = 2; i <= machines.length; i++) await page.getByRole('checkbox', { name: `gpu-${i}` }).check()
  await launchWithoutRay(page)
  await isReady(page, 'lab')
}

/** The processes that serve an sshd's connections; what they started lives on. */
function cut(machine: Sshd): void {
  const args = (pid: number) => spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout
  for (const pid of machine.children().filter((child) => args(child).startsWith('sshd'))) process.kill(pid, 'SIGKILL')
}

async function terminateLab(page: Page): Promise<void> {
  await page.getByRole('navigation', { name: 'Clusters' }).getByRole('link', { name: 'lab' }).click()
  await terminate(page, 'lab')
  await expect(stateOf(page, 'Terminated')).toBeVisible()
}

test('all terminals of a cluster get one typed line, a paste asked for once, and one may be left out', async ({
  styx,
  hosts,
  host,
}) => {
  test.slow()
  const { page } = styx
  const machines = await hosts(['gpu-1', 'gpu-2', 'gpu-3'])
  await launchLab(page, styx.userHome, machines)
  const panes = await terminalsOnAll(page, 'lab', 3)

  await page.getByRole('button', { name: 'Type into all' }).click()
  await expect(page.getByText('You type into 3 shells at once.')).toBeVisible()
  await page.mouse.move(5, 5)
  await expect(page.getByRole('tooltip')).toHaveCount(0)
  await isAccessible(page, host, 'typing into all')
  // Home and the arrows as each shell wants them: the word gets its place at the front.
  await type(panes[1]!, 'cho at-$HOME')
  await page.keyboard.press('Home')
  await page.keyboard.type('e')
  await page.keyboard.press('End')
  await page.keyboard.type(' > ~/line; cat ~/line\n')
  for (const [i, pane] of panes.entries()) await expect(screen(pane)).toContainText(`at-${machines[i]!.home}`)
  // Ctrl-C and Tab.
  await page.keyboard.type('sleep 1000\n')
  await page.keyboard.press('Control+c')
  await page.keyboard.type('cat ~/li\t\n')
  const lines = () => Promise.all(machines.map(({ home }) => readFile(join(home, 'line'), 'utf8').catch(() => '')))
  await expect.poll(lines).toEqual(machines.map(({ home }) => `at-${home}\n`))

  await page.getByRole('button', { name: 'lab · worker 2: types along' }).click()
  await expect(page.getByText('You type into 2 shells at once.')).toBeVisible()
  await type(panes[0]!, 'echo second > ~/line\n')
  await expect.poll(lines).toEqual(['second\n', 'second\n', `at-${machines[2]!.home}\n`])

  // Two lines, from the screen by the same keys a user has.
  await page.evaluate(() => {
    const data = new DataTransfer()
    data.setData('text/plain', 'echo third > ~/line\necho fourth >> ~/line\n')
    document.activeElement?.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
  })
  await page
    .getByRole('dialog', { name: 'Paste 2 lines into 2 shells?' })
    .getByRole('button', { name: 'Paste', exact: true })
    .click()
  await type(panes[0]!, '\n')
  await expect.poll(lines).toEqual(['third\nfourth\n', 'third\nfourth\n', `at-${machines[2]!.home}\n`])

  await page.keyboard.press('Control+Shift+A')
  await expect(page.getByText(/You type into/)).toHaveCount(0)
  await type(panes[0]!, 'echo alone > ~/line\n')
  await expect.poll(lines).toEqual(['alone\n', 'third\nfourth\n', `at-${machines[2]!.home}\n`])

  await terminateLab(page)
  for (const { home } of machines) expect(await readdir(join(home, '.styx-node')).catch(() => [])).toEqual([])
})

test('a cut connection draws a line and comes back to the same shell, also after kill -9 of the engine', async ({
  styx,
  hosts,
}, testInfo) => {
  testInfo.skip(noTmux, NO_TMUX)
  test.slow()
  const machines = await hosts(['gpu-1'])
  await launchLab(styx.page, styx.userHome, machines)
  await styx.page.getByRole('button', { name: 'Terminal', exact: true }).click()
  const shell = terminal(styx.page, 'lab')
  await prompt(shell)
  await runs(shell, 'V=kept; echo before-$((1 + 1))', 'before-2')
  cut(machines[0]!)
  await expect(screen(shell)).toContainText(/connection lost \d\d:\d\d:\d\d … back \d\d:\d\d:\d\d, the same shell/)
  await expect(screen(shell)).toContainText('before-2')
  await runs(shell, 'echo variable-$V', 'variable-kept')

  await styx.kill()
  await styx.start()
  const again = terminal(styx.page, 'lab')
  await expect(screen(again)).toContainText(/Styx was away since .* the same shell/)
  await runs(again, 'clear; echo still-$V', 'still-kept')
  await terminateLab(styx.page)
  expect(await readdir(join(machines[0]!.home, '.styx-node')).catch(() => [])).toEqual([])
})
