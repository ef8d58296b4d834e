import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

/** Expects that axe-core finds nothing to object to on the page as it is now. `where` names it in the report; the test goes on either way. */
export async function isAccessible(page: Page, host: 'web' | 'electron', where: string): Promise<void> {
  // Electron's page cannot open the blank page that axe otherwise uses.
  const axe = host === 'electron' ? new AxeBuilder({ page }).setLegacyMode() : new AxeBuilder({ page })
  const { violations } = await axe.analyze()
  const told = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.failureSummary}`))
  expect.soft(told, where).toEqual([])
}
