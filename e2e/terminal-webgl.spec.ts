import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from './fixtures.ts'
import { screen, terminal, type } from './terminal.ts'

test.use({ webgl: true })

test('where there is WebGL the terminal draws by it, and after its context is lost by the DOM', async ({ styx }) => {
  const { page } = styx
  await page.getByRole('button', { name: 'Open a terminal' }).click()
  const shell = terminal(page, 'This machine')
  await expect(shell.locator('canvas').first()).toBeVisible()
  await expect(screen(shell)).toHaveCount(0)
  await type(shell, 'echo drawn-$((40 + 2)) | tee ~/drawn\n')
  await expect.poll(() => readFile(join(styx.userHome, 'drawn'), 'utf8').catch(() => '')).toBe('drawn-42\n')

  // Its text cannot be read off a canvas: the terminal's own search sees what it shows.
  await page.keyboard.press('Control+Shift+F')
  const bar = shell.getByRole('search')
  await bar.getByRole('textbox', { name: 'Search for' }).fill('drawn-42')
  await expect(bar.getByRole('status')).toHaveText('1 of 1')
  await page.keyboard.press('Escape')

  await shell.locator('canvas').evaluateAll((canvases) => {
    for (const canvas of canvases)
      (canvas as HTMLCanvasElement).getContext('webgl2')?.getExtension('WEBGL_lose_context')?.loseContext()
  })
  await expect(screen(shell)).toContainText('drawn-42')
})
