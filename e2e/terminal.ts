import { expect, type Locator, type Page } from '@playwright/test'

/** A terminal in the dock, by the title of its tab. */
export const terminal = (page: Page, title: string): Locator =>
  page.getByRole('region', { name: `Terminal ${title}`, exact: true })

/** What the terminal shows, as rows of text. xterm has no role for it; without WebGL it is in the DOM. */
export const screen = (pane: Locator): Locator => pane.locator('.xterm-rows')

/** Opens a shell on each of so many nodes of a cluster, from its page, and waits for their prompts. */
export async function terminalsOnAll(page: Page, cluster: string, nodes: number): Promise<Locator[]> {
  await page.getByRole('button', { name: `More for ${cluster}` }).click()
  await page.getByRole('menuitem', { name: `Terminals on all ${nodes} nodes` }).click()
  const panes = Array.from({ length: nodes }, (_, i) => terminal(page, i === 0 ? cluster : `${cluster} · worker ${i}`))
  for (const pane of panes) await prompt(pane)
  return panes
}

/** Waits for the shell's prompt. */
export async function prompt(pane: Locator): Promise<void> {
  await expect(screen(pane)).toContainText(/[#$]\s*$/)
}

/** Types into the terminal as a user does, after a click into it. */
export async function type(pane: Locator, text: string): Promise<void> {
  await pane.locator('.xterm-screen').click()
  await pane.page().keyboard.type(text)
}

/** The middle of some text on the terminal's screen, for the mouse: xterm lays a layer of its own over its rows. */
export async function placeOf(pane: Locator, text: string): Promise<{ x: number; y: number }> {
  const row = screen(pane).locator('> div').filter({ hasText: text }).last()
  const box = await row.locator('span').filter({ hasText: text }).first().boundingBox()
  if (!box) throw new Error(`${text} is not on the screen`)
  return { x: box.x + Math.min(box.width, 60) / 2, y: box.y + box.height / 2 }
}

/** Types a command and waits until its output shows what it must, which must not stand in the command itself. */
export async function runs(pane: Locator, command: string, shows: string | RegExp): Promise<void> {
  await type(pane, `${command}\n`)
  await expect(screen(pane)).toContainText(shows)
}
