import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { isAccessible } from './accessible.ts'
import { expect } from './fixtures.ts'
import { jobState, line, logOf, runTask } from './jobs.ts'
import { isReady, stateOf, terminate } from './launch.ts'
import { addAll, know, launchWithoutRay, test } from './ssh-hosts.ts'
import { noAccounts, noSshd } from './substrate/sshd.ts'
import { prompt, runs, terminal } from './terminal.ts'

test.skip(noSshd !== null, noSshd ?? '')

for (const theme of ['dark', 'light'] as const)
  test(`machines of an ssh config become a cluster, are worked in and left as they were, ${theme}`, async ({
    styx,
    hosts,
    host,
  }) => {
    test.slow()
    const { page } = styx
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    const machines = await hosts(['gpu-01', 'gpu-02'])

    await page.getByRole('navigation', { name: 'Where you can launch' }).getByRole('link', { name: 'Add machines' }).click()
    await page.getByRole('checkbox', { name: /^gpu-01/ }).check()
    await page.getByRole('checkbox', { name: /^gpu-02/ }).check()
    await page.getByRole('textbox', { name: 'Name of the pool' }).fill('lab')
    await isAccessible(page, host, 'add machines')
    await page.getByRole('button', { name: 'Add 2 machines and check' }).click()

    // Nobody knows the machines: each is asked about, once.
    const question = page.getByRole('dialog', { name: 'Is this your machine?' })
    await expect(question.getByText('1 of 2 that wait')).toBeVisible()
    await expect(question.getByRole('button', { name: 'Not now' })).toBeFocused()
    await isAccessible(page, host, 'a host key')
    await page.keyboard.press('Escape')
    await expect(question).toBeHidden()
    await expect(rowOf(page, 'gpu-01').getByText('needs you')).toBeVisible()
    await page.getByRole('button', { name: '2 questions wait for you' }).click()
    const yes = question.getByRole('button', { name: 'It is right: connect' })
    await yes.click()
    await expect(question.getByText('1 of 2 that wait')).toBeHidden()
    await yes.click()
    await expect(question).toBeHidden()
    for (const name of ['gpu-01', 'gpu-02']) await expect(rowOf(page, name).getByText('can launch')).toBeVisible()
    await isAccessible(page, host, 'a pool')

    await page.getByRole('main').getByRole('link', { name: 'Launch' }).click()
    await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('lab')
    await page.getByRole('checkbox', { name: 'gpu-02' }).check()
    await expect(page.getByRole('row', { name: /gpu-01/ }).getByText('head')).toBeVisible()
    await isAccessible(page, host, 'launch on machines')
    await launchWithoutRay(page)
    await isReady(page, 'lab')
    for (const { home } of machines) expect(await filesUnder(join(home, '.styx-node'))).not.toEqual([])

    await page.getByRole('button', { name: 'Terminal', exact: true }).click()
    const shell = terminal(page, 'lab')
    await prompt(shell)
    await runs(shell, 'echo $HOME', machines[0]!.home)

    await runTask(page, 'hello', 'echo at $HOME', '', 'lab')
    await expect(jobState(page, 'Succeeded')).toBeVisible()
    await expect(line(logOf(page, 'hello'), `at ${machines[0]!.home}`)).toBeVisible()

    await page.getByRole('navigation', { name: 'Clusters' }).getByRole('link', { name: 'lab' }).click()
    await terminate(page, 'lab')
    await expect(stateOf(page, 'Terminated')).toBeVisible()
    for (const { home } of machines) expect(await filesUnder(join(home, '.styx-node'))).toEqual([])
  })

test('a job over two machines: the rank that fails is named, with its last lines, and its log is one click away', async ({
  styx,
  hosts,
  host,
}) => {
  const { page } = styx
  const machines = await hosts(['gpu-01', 'gpu-02'])
  await know(styx.userHome, machines)
  await addAll(page)
  for (const name of ['gpu-01', 'gpu-02']) await expect(rowOf(page, name).getByText('can launch')).toBeVisible()
  await page.getByRole('main').getByRole('link', { name: 'Launch' }).click()
  await page.getByRole('checkbox', { name: 'gpu-02' }).check()
  await launchWithoutRay(page)
  await isReady(page, 'ssh-config')

  const run =
    'echo "rank $SKYPILOT_NODE_RANK begun"\n[ "$SKYPILOT_NODE_RANK" = 1 ] || sleep 600\nwhile [ ! -e go ]; do sleep 0.1; done\necho "no memory left" >&2\nexit 7'
  await runTask(page, 'pair', run, 'num_nodes: 2\n', 'ssh-config')
  const ranks = page.getByRole('region', { name: 'Ranks' })
  await expect(ranks.getByRole('row', { name: /0 head .* Running –/ })).toBeVisible()
  await expect(ranks.getByRole('row', { name: /1 worker 1 .* Running –/ })).toBeVisible()
  await expect(ranks.getByText('while Styx is closed they run on')).toBeVisible()
  const log = logOf(page, 'pair')
  for (const rank of [0, 1]) await expect(line(log, `rank ${rank} begun`)).toBeVisible()
  await isAccessible(page, host, 'a job of several ranks')

  const [workdir] = await filesUnder(join(machines[1]!.home, '.styx-node')).then((all) =>
    all.filter((path) => path.endsWith('workdir')),
  )
  await writeFile(join(machines[1]!.home, '.styx-node', workdir!, 'go'), '')
  await expect(jobState(page, 'Failed')).toBeVisible()
  const alert = page.getByRole('alert')
  await expect(alert.getByText('Rank 1 on worker 1 ended with exit code 7')).toBeVisible()
  await expect(alert.getByRole('region', { name: 'Last lines of rank 1' })).toHaveText(/rank 1 begun\s+no memory left/)
  await expect(ranks.getByRole('row', { name: /0 head .* Stopped/ })).toBeVisible()
  await expect(ranks.getByRole('row', { name: /1 worker 1 .* Failed 7/ })).toBeVisible()
  await isAccessible(page, host, 'a job of which a rank failed')
  await alert.getByRole('button', { name: 'Log of rank 1' }).click()
  await expect(line(log, 'no memory left')).toBeVisible()
  await expect(line(log, 'rank 0 begun')).toBeHidden()
  await ranks.getByRole('button', { name: '0' }).click()
  await expect(line(log, 'rank 0 begun')).toBeVisible()
  await expect(line(log, 'no memory left')).toBeHidden()
})

test('a password is asked for, again when it is wrong, and kept nowhere where there is no keyring', async ({ styx, hosts }) => {
  test.skip(noAccounts !== null, noAccounts ?? '')
  const { page } = styx
  await know(styx.userHome, await hosts(['rented'], { name: 'ada', password: 'lovelace' }))
  await addAll(page)
  const question = page.getByRole('dialog', { name: 'Password' })
  const field = question.getByRole('textbox', { name: 'Password' })
  await expect(field).toBeFocused()
  await field.fill('babbage')
  await page.keyboard.press('Enter')
  await expect(question.getByText('The last one was wrong.')).toBeVisible()
  await expect(field).toHaveValue('')
  await expect(question.getByText('No keyring answers here')).toBeVisible()
  await field.fill('lovelace')
  await page.keyboard.press('Enter')
  await expect(rowOf(page, 'rented').getByText('can launch')).toBeVisible()

  // After a restart nobody remembers it: the cluster says that it needs the user, and goes on by itself once it has the answer.
  await page.getByRole('main').getByRole('link', { name: 'Launch' }).click()
  await launchWithoutRay(page)
  await isReady(page, 'ssh-config')
  await styx.kill()
  await styx.start()
  const after = styx.page // on the desktop it is another window
  await expect(after.getByRole('dialog', { name: 'Password' })).toBeVisible()
  await after.keyboard.press('Escape')
  await after.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Board' }).click()
  const card = after.getByRole('article', { name: 'ssh-config' })
  await expect(card.getByRole('img', { name: 'Needs you' })).toBeVisible()
  await card.getByRole('button', { name: /^Answer: The password of ada@/ }).click()
  await after.getByRole('dialog', { name: 'Password' }).getByRole('textbox', { name: 'Password' }).fill('lovelace')
  await after.keyboard.press('Enter')
  await expect(card.getByRole('img', { name: 'Ready' })).toBeVisible()
})

test('a machine whose host key changed is refused, loudly, and can only be left alone', async ({ styx, hosts, host }) => {
  const { page } = styx
  const [machine] = await hosts(['gpu-01'])
  await know(styx.userHome, [machine!])
  await addAll(page)
  await expect(rowOf(page, 'gpu-01').getByText('can launch')).toBeVisible()
  await machine!.restart({ newKeys: true })
  // The connection of before is noticed to be gone first.
  await expect(async () => {
    await page.getByRole('button', { name: 'Check again' }).click()
    await expect(rowOf(page, 'gpu-01').getByText('host key changed')).toBeVisible({ timeout: 2_000 })
  }).toPass()
  await page.getByRole('link', { name: 'What this means' }).click()
  await expect(page.getByRole('alert').getByRole('heading', { name: /gpu-01 shows another host key/ })).toBeVisible()
  await expect(page.getByText(/known_hosts:1/)).toBeVisible()
  // The key that was trusted and the one that is shown, to be compared.
  await expect(page.getByRole('button', { name: 'Copy the fingerprint' })).toHaveCount(2)
  await expect(page.getByRole('button', { name: /trust|connect|accept/i })).toHaveCount(0)
  await isAccessible(page, host, 'a changed host key')
  await page.getByRole('button', { name: 'Stop using it' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Board' })).toBeVisible()
  await expect(page.getByRole('navigation', { name: 'Where you can launch' }).getByText('ssh-config')).toHaveCount(0)
})

test('a pool is pasted and written by hand, told what is wrong, changed and removed', async ({ styx }) => {
  const { page } = styx
  await expect(page.getByRole('heading', { level: 1, name: 'Board' })).toBeVisible()
  await page.keyboard.press('Control+k')
  await page.getByRole('textbox', { name: 'Search' }).fill('add machines')
  await page.keyboard.press('Enter')
  await expect(page.getByText('names a machine. Paste some')).toBeVisible()
  await page.getByRole('main').getByRole('button', { name: 'Add machines' }).click()
  await expect(page.getByText('Give it a name.')).toBeVisible()
  await expect(page.getByText('No machine is chosen yet.')).toBeVisible()
  await page.getByRole('textbox', { name: 'Name of the pool' }).fill('rack')
  const paste = page.getByRole('textbox', { name: 'Paste machines, one a line' })
  await paste.fill('ada@127.0.0.1:1\n-oProxyCommand=x')
  await expect(page.getByText(/^Line 2: /)).toBeVisible()
  await paste.fill('ada@127.0.0.1:1')
  await page.getByRole('button', { name: 'Take 1 machine' }).click()
  await page.getByRole('button', { name: 'Write one by hand' }).click()
  await page.getByRole('textbox', { name: 'Host of machine 2' }).fill('127.0.0.1')
  await page.getByRole('textbox', { name: 'Port of machine 2' }).fill('99999')
  await page.getByRole('button', { name: 'Add 2 machines and check' }).click()
  await expect(page.getByText('A number from 1 to 65535.')).toBeVisible()
  await page.getByRole('textbox', { name: 'Port of machine 2' }).fill('2')
  await page.getByRole('button', { name: 'Add 2 machines and check' }).click()
  await expect(rowOf(page, 'ada@127.0.0.1:1').getByText('cannot be reached')).toBeVisible()
  await expect(page.getByText('Nothing listens on this port.').first()).toBeVisible()

  await page.getByRole('link', { name: 'Change…' }).click()
  await page.getByRole('button', { name: 'Take 127.0.0.1 out' }).last().click()
  await page.getByRole('textbox', { name: 'Name of the pool' }).fill('this machine')
  await page.getByRole('button', { name: 'Save and check' }).click()
  await expect(page.getByText(/This name is taken/)).toBeVisible()
  await page.getByRole('textbox', { name: 'Name of the pool' }).fill('shelf')
  await page.getByRole('button', { name: 'Save and check' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'shelf' })).toBeVisible()
  await expect(rowOf(page, '127.0.0.1:2')).toHaveCount(0)
  await page.getByRole('button', { name: 'Remove…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove shelf' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Board' })).toBeVisible()
  await expect(page.getByRole('link', { name: 'shelf' })).toHaveCount(0)
})

/** A machine's row on the page of its pool. */
const rowOf = (page: Page, name: string) => page.getByRole('row').filter({ has: page.getByText(name, { exact: true }) })

async function filesUnder(folder: string): Promise<string[]> {
  return readdir(folder, { recursive: true }).catch(() => [])
}
