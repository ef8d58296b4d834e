import { defineConfig } from 'vitest/config'

const tests = ['src/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts']
const heavy = ['src/**/*.heavy.test.ts', 'scripts/**/*.heavy.test.ts']

// Two projects: `quick` is npm test, `heavy` (minutes: crash points, floods, half a gigabyte) is npm run test:heavy.
export default defineConfig({
  test: {
    environment: 'node',
    maxWorkers: 2, // on two cores vitest would take one; most of these tests wait for processes
    pool: 'forks', // native modules (SQLite, node-pty) do not survive worker threads
    testTimeout: 20_000,
    hookTimeout: 20_000,
    teardownTimeout: 10_000,
    projects: [
      { extends: true, test: { name: 'quick', include: tests, exclude: heavy } },
      { extends: true, test: { name: 'heavy', include: heavy, testTimeout: 300_000, hookTimeout: 60_000 } },
    ],
  },
})
