import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import * as z from 'zod'
import { StyxError } from '../../shared/error.ts'
import { blankNode, type Node } from '../../shared/node.ts'
import type { Operation, OperationKind } from '../../shared/operation.ts'
import { createCluster, readCluster } from '../storage/cluster-records.ts'
import { type Database, openDatabase } from '../storage/database.ts'
import { listNodes, saveNode } from '../storage/node-records.ts'
import { readOperation, saveOperation } from '../storage/operation-records.ts'
import { readPlace, savePlace } from '../storage/place-records.ts'
import { runOperation } from './run.ts'
import { createRunner } from './runner.ts'
import type { Outcome, RunDeps } from './running.ts'
import type { AnyStep, StepContext } from './step.ts'

// The steps here are scripted, so that every way through can be taken; SQLite is the real one.

let folder: string
let db: Database
let outcomes: Outcome[]
let points: string[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'styx-run-'))
  db = openDatabase(folder).database
  outcomes = []
  points = []
  savePlace(db, { id: 'here', kind: 'local', name: 'Here', settings: {} })
  createCluster(db, {
    id: 'c',
    placeId: 'here',
    name: 'c',
    spec: {},
    state: { is: 'launching', operationId: 'o' },
    observed: { at: null, problem: null },
    ray: null,
    createdAt: 1,
  })
})
afterEach(() => {
  db.close()
  rmSync(folder, { recursive: true })
})

/** A step whose effect is a name in `made`; idempotent both ways, like the real ones. */
const step = (name: string, made: Set<string>, also: Partial<AnyStep> = {}): AnyStep => ({
  name,
  title: `Title of ${name}`,
  scope: 'attempt',
  expected_s: 1,
  timeout_s: 5,
  output: z.string(),
  run: async (c: StepContext) => {
    made.add(name + (c.node?.id ?? ''))
    return `${name} made`
  },
  undo: async (c: StepContext) => {
    made.delete(name + (c.node?.id ?? ''))
    return []
  },
  ...also,
})

const fails =
  (error: Partial<StyxError['data']> = {}) =>
  async () => {
    throw new StyxError({ code: 'no', what: 'It does not work', ...error })
  }

function begin(steps: AnyStep[], kind: OperationKind = 'launch', candidates = ['a']): RunDeps {
  saveOperation(db, {
    id: 'o',
    clusterId: 'c',
    kind,
    nodeIds: null,
    state: 'running',
    plan: steps.map(({ name, title, scope, expected_s }) => ({ name, title, scope, expected_s })),
    candidates: candidates.map((title) => ({ title, offerId: title })),
    error: null,
    leftovers: [],
    cancel: null,
    createdAt: 1,
    endedAt: null,
  })
  return {
    db,
    installationId: 'i',
    steps: () => steps,
    afterFailure: () => 'next-candidate',
    subject: () => ({ place: readPlace(db, 'here')!, cluster: readCluster(db, 'c')!, nodes: listNodes(db, 'c') }),
    saveNode: (node) => saveNode(db, node),
    changeRay: () => {},
    transport: () => {
      throw new Error('not here')
    },
    log: () => {},
    onOutcome: (_, outcome) => outcomes.push(outcome),
    atPoint: (point) => points.push(point),
  }
}

const signals = () => {
  const halt = new AbortController()
  const cancel = new AbortController()
  return { halt, cancel, both: { halt: halt.signal, cancel: cancel.signal } }
}
const run = (deps: RunDeps) => runOperation(deps, 'o', signals().both)
const operation = (): Operation => readOperation(db, 'o')!
const stepStates = () => operation().steps.map((one) => [one.name, one.state])

const node = (id: string, rank: number): Node => blankNode({ id, clusterId: 'c', rank })

test('steps run in order, later ones read what earlier ones learned, and the end is told once', async () => {
  const made = new Set<string>()
  const first = step('first', made)
  const second = step('second', made, { run: async (c) => `after ${c.output(first)}` })
  await run(begin([first, second]))
  expect(stepStates()).toEqual([
    ['first', 'done'],
    ['second', 'done'],
  ])
  expect(operation().state).toBe('done')
  expect(outcomes).toEqual([{ is: 'done' }])
})

test('a failed launch takes back what it made, in reverse, and says why', async () => {
  const made = new Set<string>()
  const undone: string[] = []
  const undo = (name: string) => async () => {
    undone.push(name)
    made.delete(name)
    return []
  }
  const steps = [
    step('a', made, { undo: undo('a') }),
    step('b', made, { undo: undo('b') }),
    step('c', made, { run: fails(), undo: undo('c') }),
  ]
  await run(begin(steps))
  expect(undone).toEqual(['c', 'b', 'a']) // the failed one too: it may have made half of its work
  expect(made.size).toBe(0)
  expect(outcomes).toMatchObject([{ is: 'failed', holds: false, error: { what: 'It does not work' } }])
  expect(operation().attempts.map((one) => one.state)).toEqual(['undone'])
})

test('the next candidate is tried after the last was taken back, each with its own rows', async () => {
  const made = new Set<string>()
  const seen: string[] = []
  const steps = [
    step('once', made, { scope: 'cluster' }),
    step('try', made, {
      run: async (c) => {
        seen.push(c.attempt!.candidate.title)
        if (c.attempt!.candidate.title !== 'third') throw new StyxError({ code: 'full', what: 'No capacity' })
        return 'x'
      },
    }),
  ]
  await run(begin(steps, 'launch', ['first', 'second', 'third']))
  expect(seen).toEqual(['first', 'second', 'third'])
  expect(operation().attempts.map((one) => [one.candidate.title, one.state, one.error?.what])).toEqual([
    ['first', 'undone', 'No capacity'],
    ['second', 'undone', 'No capacity'],
    ['third', 'done', undefined],
  ])
  expect(operation().steps.filter((one) => one.name === 'once')).toHaveLength(1)
})

test('what cannot be taken back is named, and the cluster then still holds something', async () => {
  const made = new Set<string>()
  const steps = [
    step('a', made, { undo: fails({ what: 'The disk does not answer', where: '/dev/x' }) }),
    step('b', made, { undo: async () => [{ what: 'A folder', where: '/tmp/x', why: 'Not ours' }] }),
    step('c', made, { run: fails() }),
  ]
  await run(begin(steps))
  expect(operation().leftovers.map((one) => one.where)).toEqual(['/tmp/x', '/dev/x'])
  expect(outcomes).toMatchObject([{ is: 'failed', holds: true }])
})

test.each(['stop', 'start', 'terminate'] as const)(
  'a %s only goes forward: nothing is undone, and a retry goes on at the failed step',
  async (kind) => {
    const made = new Set<string>()
    let broken = true
    const steps = [
      step('a', made),
      step('b', made, {
        run: async () => {
          if (broken) throw new StyxError({ code: 'no', what: 'Broken' })
          return 'x'
        },
      }),
    ]
    const deps = begin(steps, kind)
    await run(deps)
    expect(outcomes).toMatchObject([{ is: 'failed', holds: true }])
    expect([...made]).toEqual(['a'])
    broken = false
    saveOperation(db, { ...operation(), state: 'running', error: null, endedAt: null })
    await run(deps)
    expect(outcomes[1]).toEqual({ is: 'done' })
    expect(operation().attempts).toHaveLength(1)
    expect(operation().steps.map((one) => [one.name, one.tries])).toEqual([
      ['a', 1],
      ['b', 2],
    ])
  },
)

test('a retry of a launch that was taken back makes everything again', async () => {
  const made = new Set<string>()
  let broken = true
  const steps = [step('a', made), step('b', made, { run: async () => (broken ? fails()() : 'x') })]
  const deps = begin(steps)
  await run(deps)
  expect(made.size).toBe(0)
  broken = false
  saveOperation(db, { ...operation(), state: 'running', error: null, endedAt: null })
  await run(deps)
  expect(outcomes.at(-1)).toEqual({ is: 'done' })
  expect([...made]).toEqual(['a'])
  expect(operation().attempts.map((one) => one.state)).toEqual(['undone', 'done'])
})

test('a step of node scope runs on all nodes side by side, has a row for each, and repeats only those that failed', async () => {
  const made = new Set<string>()
  let broken = true
  const begun: string[] = []
  let together = 0
  let most = 0
  const steps = [
    step('nodes', made, {
      run: async (c) => {
        for (const [rank, id] of ['n0', 'n1', 'n2'].entries()) c.saveNode(node(id, rank))
        return 'x'
      },
    }),
    step('each', made, {
      scope: 'node',
      run: async (c) => {
        begun.push(c.node!.id)
        most = Math.max(most, ++together)
        await new Promise((resolve) => setImmediate(resolve))
        together--
        if (broken && c.node!.id === 'n1') throw new StyxError({ code: 'no', what: 'n1 is broken' })
        return `${c.node!.id} made`
      },
    }),
  ]
  const deps = begin(steps, 'start')
  await run(deps)
  expect(most).toBe(3)
  expect(operation().steps[1]!.nodes.map((one) => [one.nodeId, one.state])).toEqual([
    ['n0', 'done'],
    ['n1', 'failed'],
    ['n2', 'done'],
  ])
  broken = false
  saveOperation(db, { ...operation(), state: 'running', error: null, endedAt: null })
  await run(deps)
  expect(begun).toEqual(['n0', 'n1', 'n2', 'n1'])
  expect(operation().state).toBe('done')
})

test('a passing fault is tried again, and a lasting one is not', async () => {
  const made = new Set<string>()
  let tries = 0
  const flaky = step('flaky', made, {
    run: async () => {
      if (++tries < 2) throw new StyxError({ code: 'throttled', what: 'Slow down', retryable: true })
      return 'x'
    },
  })
  await run(begin([flaky]))
  expect(tries).toBe(2)
  expect(outcomes).toEqual([{ is: 'done' }])
})

test('a step that ignores its signal is left behind after its time, and says so', async () => {
  const made = new Set<string>()
  await run(begin([step('slow', made, { timeout_s: 0.05, run: () => new Promise(() => {}) })], 'stop'))
  expect(outcomes).toMatchObject([{ is: 'failed', error: { code: 'step.timeout', where: 'Title of slow' } }])
})

test('an output that is not what the step promised is a failure, not a belief', async () => {
  const made = new Set<string>()
  await run(begin([step('liar', made, { run: async () => 42 })], 'stop'))
  expect(outcomes).toMatchObject([{ is: 'failed' }])
})

test.each(['nothing', 'everything'] as const)('cancel in the middle of a step, keeping %s', async (keep) => {
  const made = new Set<string>()
  const { both, cancel } = signals()
  const steps = [
    step('a', made),
    step('b', made, {
      run: (c) =>
        new Promise((_, reject) => {
          c.signal.addEventListener('abort', () => reject(new Error('aborted')))
          saveOperation(db, { ...operation(), cancel: { keep } })
          cancel.abort()
        }),
    }),
    step('never', made),
  ]
  await runOperation(begin(steps), 'o', both)
  expect(operation().state).toBe('cancelled')
  expect(outcomes).toMatchObject([{ is: 'cancelled', holds: keep === 'everything' }])
  expect([...made]).toEqual(keep === 'everything' ? ['a'] : [])
  expect(operation().steps.some((one) => one.name === 'never')).toBe(false)
})

test('a disk that is full in the middle loses nothing: the operation waits, and goes on when there is room', async () => {
  const made = new Set<string>()
  const steps = [step('a', made), step('b', made, { run: async () => 'x'.repeat(100_000) })]
  const deps = begin(steps)
  const full = new Promise<void>((resolve) => {
    deps.atPoint = (point) => {
      if (point !== 'launch/b/effect' || outcomes.length > 0) return
      db.sql.pragma(`max_page_count = ${db.sql.pragma('page_count', { simple: true })}`)
      resolve()
    }
  })
  const runner = createRunner(deps)
  runner.start('o')
  await full
  await new Promise((resolve) => setImmediate(resolve)) // the write has failed
  expect(operation().steps.map((one) => one.state)).toEqual(['done', 'started'])
  db.sql.pragma('max_page_count = 1000000')
  deps.atPoint = () => {}
  await vi.waitFor(() => expect(outcomes).toEqual([{ is: 'done' }]), { timeout: 15_000, interval: 50 })
  await runner.close()
  expect(operation().steps.map((one) => [one.name, one.tries])).toEqual([
    ['a', 1],
    ['b', 2],
  ])
})

test('a step that this program does not know needs the user, and nothing is guessed', async () => {
  const made = new Set<string>()
  const deps = begin([step('old', made)])
  await run({ ...deps, steps: () => [step('new', made)] })
  expect(operation().state).toBe('needs-you')
  expect(operation().error?.code).toBe('operation.unknown-step')
  expect(made.size).toBe(0)
})

test('halted at any point, and begun again as often as it takes, it ends as if it had never been halted', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.option(fc.integer({ min: 0, max: 3 }), { nil: null }),
      fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 6 }),
      async (count, failing, halts) => {
        db.sql.exec('DELETE FROM operations')
        outcomes = []
        const made = new Set<string>()
        const steps = Array.from({ length: count }, (_, n) => step(`s${n}`, made, failing === n ? { run: fails() } : {}))
        const deps = begin(steps)
        for (const after of [...halts, Number.POSITIVE_INFINITY]) {
          const { both, halt } = signals()
          let left = after
          await runOperation({ ...deps, atPoint: () => --left === 0 && halt.abort() }, 'o', both)
          if (outcomes.length > 0) break
        }
        const shouldFail = failing !== null && failing < count
        expect(outcomes).toHaveLength(1)
        expect(outcomes[0]!.is).toBe(shouldFail ? 'failed' : 'done')
        expect([...made].sort()).toEqual(shouldFail ? [] : steps.map(({ name }) => name))
      },
    ),
    { numRuns: 60 },
  )
})
