import { test as t0 } from '@playwright/test'
import { test } from './fixtures.ts'
t0('plain', async () => {})
t0('skip', async () => {
  t0.skip(true, 'because: do')
})
t0.skip('noreason', async () => {})
test('app', async ({ styx }) => {
  await styx.page.title()
})
