import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest'
import { carriersOf } from '../../../e2e/substrate/processes.ts'
import { jobHasEnded } from '../../shared/job.ts'
import { rankFiles } from './job-script.ts'
import type { JournalEntry } from './journal.ts'
import type { JobNode, Runner } from './runner.ts'

/** A place to try a runner on: a fresh node each time, whose folder can be looked into from here. */
export type RunnerUnderTest = {
  runner: Runner
  newNode(): Promise<{ node: JobNode; folder: string; remove(): Promise<void> }>
  close(): Promise<void>
}

type Script = {
  run?: string
  setup?: string
  gpus?: number
  of?: number
  only?: number[] | null
  values?: Record<string, string>
}

export type NodeUnderTest = ReturnType<typeof nodeUnderTest>

/** A fresh node for each test of the suite that this is called in, and what tests do with it. */
export function nodeUnderTest(open: () => Promise<RunnerUnderTest>) {
  let under: RunnerUnderTest
  let runner: Runner
  let at: Awaited<ReturnType<RunnerUnderTest['newNode']>>
  let stop: AbortController
  let entries: JournalEntry[]
  let submitted: string[]
  let lost: string[]
  let end: number
  let count = 0

  beforeAll(async () => {
    under = await open()
    runner = under.runner
  })
  afterAll(() => under.close())
  beforeEach(async () => {
    at = await under.newNode()
    stop = new AbortController()
    entries = []
    submitted = []
    lost = []
    end = 0
  })
  afterEach(async () => {
    for (const id of submitted) await runner.cancel(at.node, id, 0, new AbortController().signal).catch(() => {}) // its node may be gone
    stop.abort()
    await vi.waitFor(() => expect(carriers('')).toEqual([]), { timeout: 15_000 })
    await at.remove()
  })

  const listen = (offset = 0, jobIds: string[] = []) => {
    void (async () => {
      for await (const news of runner.observe(at.node, offset, jobIds, stop.signal)) {
        if (news.is === 'lost') lost.push(news.jobId)
        if (news.is !== 'entries') continue
        entries.push(...news.entries)
        end = news.end
      }
    })().catch(() => {})
  }
  const filesOf = (id: string, { run, setup, gpus, of = 0, only = null, values = {} }: Script, ranks = 1, rank = 0) => {
    const job = { id, ranks: Array(ranks).fill({}), gpusPerNode: gpus ?? null }
    const ips = Array<string>(ranks).fill('10.0.0.7')
    return rankFiles({
      job,
      rank,
      taskId: 'sky-x',
      ips,
      gpusOfNode: only?.length ?? of,
      only,
      start: 'turn',
      values: { ...values, CONFORMS: at.folder },
      setup: setup ?? null,
      run: run ?? null,
    })
  }
  const submit = async (script: Script | string): Promise<string> => {
    const id = `job-${++count}`
    submitted.push(id)
    await runner.submit(at.node, id, filesOf(id, typeof script === 'string' ? { run: script } : script), stop.signal)
    return id
  }
  const of = (id: string) => entries.filter(({ jobId }) => jobId === id)
  const states = (id: string) => of(id).map(({ state }) => state)
  const ended = async (id: string): Promise<JournalEntry> => {
    await vi.waitFor(() => expect(of(id).some(({ state }) => state !== 'DROPPED' && jobHasEnded(state))).toBe(true), {
      timeout: 20_000,
    })
    return of(id).find(({ state }) => state !== 'DROPPED' && jobHasEnded(state)) as JournalEntry
  }
  const reaches = (id: string, state: string) =>
    vi.waitFor(() => expect(states(id)).toContain(state), { timeout: 20_000, interval: 10 })
  const written = (id: string, stream: 'out' | 'err' = 'out') =>
    readFileSync(join(at.folder, 'jobs', id, `rank-0.${stream}`), 'utf8')
  /** Processes of this node's jobs, of one job where it is named. */
  const carriers = (id: string) => carriersOf(`CONFORMS=${at.folder}\0`, `STYX_JOB_ID=${id}`)

  /** Who follows something on this node. */
  const tails = () =>
    readdirSync('/proc').filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/comm`, 'latin1') === 'tail\n' && readlinkSync(`/proc/${pid}/cwd`).startsWith(at.folder)
      } catch {
        return false
      }
    })
  return {
    listen,
    filesOf,
    submit,
    of,
    states,
    ended,
    reaches,
    written,
    carriers,
    tails,
    get runner() {
      return runner
    },
    get at() {
      return at.node
    },
    get folder() {
      return at.folder
    },
    /** Of who listens. */
    get signal(): AbortSignal {
      return stop.signal
    },
    /** What was heard, and where the journal is read up to. */
    get entries() {
      return entries
    },
    get lost() {
      return lost
    },
    get end() {
      return end
    },
    /** Nobody listens any more. */
    leave: () => {
      stop.abort()
      stop = new AbortController()
    },
    forget: () => {
      entries = []
      end = 0
    },
  }
}
