import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { carriersOf } from '../../../e2e/substrate/processes.ts'
import { runChild } from '../crash-under-test.ts'
import { createLogs } from '../logs/logs.ts'
import { createLogStore } from '../logs/store.ts'
import { openDatabase } from '../storage/database.ts'
import { listEvents } from '../storage/event-records.ts'
import { listJobs } from '../storage/job-records.ts'

// kill -9 at every point that a submitted job and a cancelled one pass, and at any moment while one prints: afterwards every line is there
// once, nothing ran twice, nothing is left.

const root = mkdtempSync(join(tmpdir(), 'styx-jobs-crash-'))
const home = join(root, 'home')
const before = join(root, 'before')
const stateFolder = join(home, '.styx')
const never = new AbortController().signal
const LINES = 200
const yaml = `
setup: echo prepared
run: |
  echo ran >>~/runs
  for i in $(seq 1 ${LINES}); do echo line $i; echo err $i >&2; sleep 0.005; done
`
const sleeps = `run: |\n  echo ran >>~/runs\n  echo begun\n  (setsid sleep 600 &)\n  sleep 600\n`

type Order = { act: 'launch' | 'submit' | 'cancel' | null; yaml?: string; dieAt?: number }

const engine = (order: Order, killAfter_ms?: number) =>
  runChild('src/main/jobs/crash.child.ts', home, { dieAt: null, yaml, ...order }, killAfter_ms)

/** What is there once an engine has come to rest. */
async function found() {
  const { database: db } = openDatabase(stateFolder)
  const jobs = listJobs(db, { limit: 10 })
  const events = listEvents(db, { limit: 100 }).map(({ text }) => text)
  db.close()
  const store = createLogStore({ folder: join(stateFolder, 'logs') })
  const logs = createLogs(store)
  const view = { log: `job:${jobs[0]!.id}`, streams: null }
  const lines = await logs.lines(view, 0, 2000, never)
  const { gaps } = await logs.info(view)
  await store.close()
  const of = (stream: string) => lines.flatMap((line) => (line.stream === stream ? [line.text] : []))
  return {
    jobs,
    events,
    gaps,
    out: of('r0.out'),
    err: of('r0.err'),
    runs: readFileSync(join(home, 'runs'), 'utf8'),
    left: carriersOf('STYX_JOB_ID=', `HOME=${home}\0`),
  }
}

const numbered = (word: string) => Array.from({ length: LINES }, (_, i) => `${word} ${i + 1}`)

async function expectWhole(at: string) {
  const seen = await found()
  expect(seen.jobs, at).toMatchObject([{ state: 'SUCCEEDED', exitCode: 0, logProblem: null }])
  expect(seen.out, at).toEqual(['prepared', ...numbered('line')])
  expect(seen.err, at).toEqual(numbered('err'))
  expect(seen.runs, at).toBe('ran\n')
  expect([seen.gaps, seen.left], at).toEqual([[], []])
  expect(
    seen.events.filter((text) => /^Job 1 (submitted|succeeded)/.test(text)),
    at,
  ).toHaveLength(2)
}

beforeAll(async () => {
  mkdirSync(stateFolder, { recursive: true, mode: 0o700 })
  const launched = await engine({ act: 'launch' })
  expect(launched.code, launched.said).toBe(0)
  cpSync(home, before, { recursive: true })
}, 60_000)
afterAll(() => rmSync(root, { recursive: true, force: true }))

const restore = () => {
  rmSync(home, { recursive: true, force: true })
  cpSync(before, home, { recursive: true })
}

test('a job, killed at every point', { timeout: 900_000 }, async () => {
  const whole = await engine({ act: 'submit' })
  expect(whole.said).toContain('rest SUCCEEDED\nopen 0')
  await expectWhole('never killed')
  for (const [i, point] of whole.points.entries()) {
    restore()
    const killed = await engine({ act: 'submit', dieAt: i + 1 })
    if (killed.signal !== 'SIGKILL') continue // what is heard comes in one piece or in several
    const again = await engine({ act: null })
    expect(again.said, point).toContain('rest SUCCEEDED\nopen 0')
    await expectWhole(`killed at ${point}`)
  }
})

test('a job that prints, killed again and again at any moment', { timeout: 900_000 }, async () => {
  for (let round = 0; round < 5; round++) {
    restore()
    await engine({ act: 'submit' }, 700 + Math.random() * 800)
    for (let kills = 0; kills < 3; kills++) await engine({ act: 'submit' }, 400 + Math.random() * 600)
    const again = await engine({ act: 'submit' })
    expect(again.said).toContain('rest SUCCEEDED\nopen 0')
    await expectWhole(`round ${round}`)
  }
})

test('a cancelled job, killed at every point', { timeout: 900_000 }, async () => {
  restore()
  const whole = await engine({ act: 'cancel', yaml: sleeps })
  expect(whole.said).toContain('rest CANCELLED\nopen 0')
  for (const [i, point] of whole.points.entries()) {
    if (!whole.points.slice(0, i + 1).some((one) => one.includes('cancel'))) continue
    restore()
    const killed = await engine({ act: 'cancel', yaml: sleeps, dieAt: i + 1 })
    if (killed.signal !== 'SIGKILL') continue
    const again = await engine({ act: null })
    expect(again.said, point).toContain('rest CANCELLED\nopen 0')
    const seen = await found()
    expect(seen, point).toMatchObject({ jobs: [{ state: 'CANCELLED' }], out: ['begun'], runs: 'ran\n', gaps: [], left: [] })
    expect(
      seen.events.filter((text) => text === 'Job 1 cancelled'),
      point,
    ).toHaveLength(1)
  }
})
