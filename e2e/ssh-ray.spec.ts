import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from './fixtures.ts'
import { jobState, line, logOf, runTask } from './jobs.ts'
import { isReady, stateOf, terminate } from './launch.ts'
import { test } from './ssh-hosts.ts'
import { holdRayLock, noRayHere, startOwnRay } from './substrate/ray.ts'
import { noSshd, type Sshd } from './substrate/sshd.ts'
import { screen, terminalsOnAll, type } from './terminal.ts'

const skipped = noSshd ?? noRayHere()
test.skip(skipped !== null, skipped ?? '')

const NAMES = ['gpu-1', 'gpu-2', 'gpu-3']

/** Runs until each of its hosts is told to go. */
const RUN = `echo "rank $SKYPILOT_NODE_RANK of $SKYPILOT_NUM_NODES, first $(echo "$SKYPILOT_NODE_IPS" | head -n 1)"
i=0
while [ ! -e ~/go ]; do i=$((i + 1)); echo "tick $i"; sleep 1; done
echo "rank $SKYPILOT_NODE_RANK is done"`

test('three machines of an ssh config are one Ray cluster from the first click to the last trace @heavy', async ({
  styx,
  hosts,
  host,
}) => {
  test.setTimeout(600_000)
  const letGo = await holdRayLock()
  const own = await startOwnRay()
  const machines = await hosts(NAMES)
  try {
    // Of gpu-2 another key is known than the one that it shows.
    const knownHosts = join(styx.userHome, '.ssh', 'known_hosts')
    const lines = machines.map(({ knownHost }) => knownHost)
    const changed = lines[1]!.replace(/ssh-ed25519 .*/, machines[0]!.hostKeys[0]!.split(' ').slice(0, 2).join(' '))
    await writeFile(knownHosts, [lines[0], changed, lines[2]].join(''))
    const { page } = styx
    await page.emulateMedia({ reducedMotion: 'reduce' })

    await page.getByRole('navigation', { name: 'Where you can launch' }).getByRole('link', { name: 'Add machines' }).click()
    for (const name of NAMES) await page.getByRole('checkbox', { name: new RegExp(`^${name}`) }).check()
    await page.getByRole('textbox', { name: 'Name of the pool' }).fill('lab')
    await page.getByRole('button', { name: 'Add 3 machines and check' }).click()
    const row = (name: string) => page.getByRole('row', { name: new RegExp(`${name}\\b`) })
    for (const name of ['gpu-1', 'gpu-3']) await expect(row(name).getByText('can launch')).toBeVisible()

    // A changed host key is refused, and nothing here passes it: the old key is taken out by hand.
    await expect(row('gpu-2').getByText('host key changed')).toBeVisible()
    await page.getByRole('link', { name: 'What this means' }).click()
    await expect(page.getByRole('alert').getByRole('heading', { name: /gpu-2 shows another host key/ })).toBeVisible()
    await expect(page.getByRole('button', { name: /trust|connect|accept/i })).toHaveCount(0)
    await writeFile(knownHosts, [lines[0], lines[2]].join(''))
    await page.getByRole('navigation', { name: 'Where you can launch' }).getByRole('link', { name: 'lab' }).click()
    await page.getByRole('button', { name: 'Check again' }).click()
    await page
      .getByRole('dialog', { name: 'Is this your machine?' })
      .getByRole('button', { name: 'It is right: connect' })
      .click()
    await expect(row('gpu-2').getByText('can launch')).toBeVisible()

    // One Ray cluster.
    await page.getByRole('main').getByRole('link', { name: 'Launch' }).click()
    for (const name of NAMES.slice(1)) await page.getByRole('checkbox', { name }).check()
    await expect(page.getByRole('switch', { name: 'Ray' })).toBeChecked()
    await page.getByRole('button', { name: 'Launch, at no cost' }).click()
    await expect(stateOf(page, 'Ready')).toBeVisible({ timeout: 240_000 })
    const overview = () => page.getByRole('main').getByRole('link', { name: 'Overview' })
    await overview().click()
    await expect(page.getByText('all 3', { exact: true })).toBeVisible()

    // A job on two of them.
    await runTask(page, 'pair', RUN, 'num_nodes: 2\n', 'lab')
    const log = logOf(page, 'pair')
    for (const rank of [0, 1]) await expect(line(log, new RegExp(`^rank ${rank} of 2, first 127\\.`))).toHaveCount(1)
    await expect(line(log, /^tick \d+$/).first()).toBeVisible()

    // Its dashboard.
    await page.getByRole('navigation', { name: 'Clusters' }).getByRole('link', { name: 'lab' }).click()
    if (host === 'web') {
      const opened = page.context().waitForEvent('page')
      await page.getByRole('button', { name: 'Dashboard' }).click()
      const dashboard = await opened
      await expect(dashboard).toHaveTitle('Ray Dashboard')
      await expect(dashboard.getByText('Cluster', { exact: true }).first()).toBeVisible()
      await dashboard.close()
    }

    // One node is cut off: the board says so within 10 s, and that it is back.
    await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Board' }).click()
    const card = page.getByRole('article', { name: 'lab' })
    await expect(card).toBeVisible()
    signal(machines[2]!, 'SIGSTOP')
    await expect(card.getByText(/^Worker 2: /)).toBeVisible({ timeout: 10_000 })
    signal(machines[2]!, 'SIGCONT')
    await expect(card.getByText(/^Worker 2: /)).toBeHidden({ timeout: 60_000 })

    // One line typed once, in all terminals.
    await card.getByRole('link', { name: 'lab' }).click()
    const panes = await terminalsOnAll(page, 'lab', 3)
    await page.getByRole('button', { name: 'Type into all' }).click()
    await type(panes[0]!, 'echo at-$HOME\n')
    for (const [i, pane] of panes.entries()) await expect(screen(pane)).toContainText(`at-${machines[i]!.home}`)

    // kill -9 during the job, which goes on and is found again.
    await styx.kill()
    await styx.start()
    const again = styx.page
    await again.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Jobs' }).click()
    await again.getByRole('row', { name: /pair/ }).getByRole('link', { name: 'pair' }).click()
    await expect(jobState(again, 'Running')).toBeVisible()
    for (const { home } of machines) await writeFile(join(home, 'go'), '')
    await expect(jobState(again, 'Succeeded')).toBeVisible({ timeout: 60_000 })
    for (const rank of [0, 1]) await expect(line(logOf(again, 'pair'), `rank ${rank} is done`)).toHaveCount(1)

    // Terminated: nothing of ours is left, and the user's own Ray runs on.
    await again.getByRole('navigation', { name: 'Clusters' }).getByRole('link', { name: 'lab' }).click()
    await isReady(again, 'lab')
    await terminate(again, 'lab')
    await expect(stateOf(again, 'Terminated')).toBeVisible({ timeout: 90_000 })
    for (const machine of machines) expect(await leftOn(machine)).toEqual([])
    expect(await own.nodes()).toBe(1)
  } finally {
    await own.stop()
    // What a failed run left.
    for (const { home } of machines) for (const pid of await pidsIn(home)) end(pid)
    letGo()
  }
})

/** To the machine's sshd and all that serves its connections: nothing of it answers, as when the link is down. */
function signal(machine: Sshd, name: 'SIGSTOP' | 'SIGCONT'): void {
  for (const pid of [machine.pid, ...machine.children()]) process.kill(pid, name)
}

/** What of ours is on a machine: in its folder, and what runs. */
async function leftOn({ home }: Sshd): Promise<string[]> {
  const folder = existsSync(join(home, '.styx-node')) ? await readdir(join(home, '.styx-node')) : []
  return [...folder, ...(await pidsIn(`${home}/.styx-node`))]
}

/** The processes of programs in a folder. */
async function pidsIn(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return pids.filter((_, i) => commands[i]!.includes(folder))
}

function end(pid: string): void {
  try {
    process.kill(Number(pid), 'SIGKILL')
  } catch {
    // it is gone
  }
}
