import { defineConfig } from '@playwright/test'
import type { HostOption } from './e2e/fixtures.ts'

// The same specs on both hosts. Where no Electron can run, its project says why and how to get it (fixtures.ts).
export default defineConfig<object, HostOption>({
  testDir: 'e2e',
  outputDir: 'test-results',
  globalSetup: './e2e/global-setup.ts',
  timeout: 60_000,
  expect: { timeout: 15_000 },
  workers: 1, // two cores are one browser and one engine
  forbidOnly: Boolean(process.env.CI),
  reporter: 'list',
  use: {
    viewport: { width: 1440, height: 900 },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
  projects: [
    { name: 'web', use: { host: 'web' }, testIgnore: 'electron-*.spec.ts' },
    // @web: what only a browser has, e.g. a connection that can be lost.
    { name: 'electron', use: { host: 'electron' }, grepInvert: /@web/ },
  ],
})
