import { expect, test } from './fixtures.ts'
import { holdDisk } from './held-disk.ts'
import { isReady, launchThisMachine } from './launch.ts'
import { prompt, runs, screen, terminal } from './terminal.ts'

const NAME = 'this-machine'

test('an engine killed in the middle of a launch goes on with it', async ({ styx, host }) => {
  const disk = await holdDisk(styx)
  await launchThisMachine(styx.page)
  const folder = () => styx.page.getByRole('listitem').filter({ hasText: 'Make its folder' })
  await expect(folder().getByRole('img', { name: 'running' })).toBeVisible()

  await styx.kill()
  if (host === 'web') await expect(styx.page.getByRole('status').filter({ hasText: 'Reconnecting…' })).toBeVisible()
  await styx.start()

  await styx.page.getByRole('navigation', { name: 'Clusters' }).getByRole('link', { name: NAME }).click()
  await styx.page.getByRole('link', { name: /^Launch \d of 3/ }).click()
  await expect(folder().getByRole('img', { name: 'running' })).toBeVisible()
  await expect(folder()).toContainText('try 2')
  await disk.release()
  await isReady(styx.page, NAME)
  await styx.page.getByRole('link', { name: 'Nodes 1' }).click()
  await expect(styx.page.getByText('worker')).toHaveCount(0)
})

test('an engine killed with a terminal open keeps its text, and opens a new shell there', async ({ styx }) => {
  await launchThisMachine(styx.page)
  await isReady(styx.page, NAME)
  await styx.page.getByRole('button', { name: 'Terminal', exact: true }).click()
  await prompt(terminal(styx.page, NAME))
  await runs(terminal(styx.page, NAME), 'echo before the $((1 + 1))nd start', 'before the 2nd start')

  await styx.kill()
  await styx.start()

  const shell = terminal(styx.page, NAME)
  await expect(screen(shell)).toContainText('before the 2nd start')
  await expect(shell.getByText('Ended')).toBeVisible()
  await shell.getByRole('button', { name: 'New shell here' }).click()
  await prompt(shell)
  await runs(shell, 'echo after the $((1 + 1))nd start', 'after the 2nd start')
  await styx.page.getByRole('navigation', { name: 'Clusters' }).getByRole('link', { name: NAME }).click()
  await isReady(styx.page, NAME)
})

test('a page whose connection is cut says so calmly, comes back by itself and misses nothing @web', async ({ styx }) => {
  const { page } = styx
  const connections: { close(): void }[] = []
  await page.routeWebSocket(/\/(rpc|bytes)$/, (socket) => {
    socket.connectToServer()
    connections.push({ close: () => void socket.close({ code: 1011 }) })
  })
  await page.reload()
  await page.getByRole('button', { name: 'Open a terminal' }).click()
  const shell = terminal(page, 'This machine')
  await prompt(shell)
  await runs(shell, 'for i in 1 2 3; do sleep 1; echo tick $i; done', 'tick 1')

  for (const connection of connections.splice(0)) connection.close()
  const reconnecting = page.getByRole('status').filter({ hasText: 'Reconnecting…' })
  await expect(reconnecting).toBeVisible()
  await expect(reconnecting).toBeHidden()
  for (const tick of ['tick 1', 'tick 2', 'tick 3']) await expect(screen(shell)).toContainText(tick)
  await runs(shell, 'echo still $((4 + 4))', 'still 8')
})

test('a page that cannot be read while the engine is away is read once it is back @web', async ({ styx }) => {
  const { page } = styx
  await expect(page.getByRole('heading', { level: 1, name: 'Board' })).toBeVisible()
  const jobs = /\/assets\/jobs-page-/
  await page.route(jobs, (route) => route.abort('connectionrefused'), { times: 1 })
  await page.keyboard.press('3')
  await expect(page.getByRole('heading', { level: 1, name: 'Jobs' })).toBeVisible()
  await expect(page).toHaveURL(/\/jobs$/)
})
