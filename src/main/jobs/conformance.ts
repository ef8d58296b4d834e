import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { jobHasEnded } from '../../shared/job.ts'
import { capture } from '../transports/capture.ts'
import { rankFiles } from './job-script.ts'
import type { JournalEntry } from './journal.ts'
import type { JobNode, Runner } from './runner.ts'

/** A place to try a runner on: a fresh node each time, whose folder can be looked into from here. */
export type RunnerUnderTest = {
  runner: Runner
  newNode(): Promise<{ node: JobNode; folder: string; remove(): Promise<void> }>
  close(): Promise<void>
}

type Script = { run?: string; setup?: string; gpus?: number; of?: number; values?: Record<string, string> }

/** What every runner must do, however it places jobs. Linux on the node, reached as this machine is. */
export function runnerConformance(name: string, open: () => Promise<RunnerUnderTest>): void {
  describe(`${name}: runner conformance`, { timeout: 60_000 }, () => {
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
    const filesOf = (id: string, { run, setup, gpus, of = 0, values = {} }: Script, ranks = 1, rank = 0) => {
      const job = { id, ranks: Array(ranks).fill({}), gpusPerNode: gpus ?? null }
      const ips = Array<string>(ranks).fill('10.0.0.7')
      return rankFiles({
        job,
        rank,
        taskId: 'sky-x',
        ips,
        gpusOfNode: of,
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
    const carriers = (id: string) =>
      readdirSync('/proc').filter((pid) => {
        try {
          const text = readFileSync(`/proc/${pid}/environ`, 'latin1')
          return text.includes(`CONFORMS=${at.folder}\0`) && text.includes(`STYX_JOB_ID=${id}`)
        } catch {
          return false
        }
      })

    /** Who follows something on this node. */
    const tails = () =>
      readdirSync('/proc').filter((pid) => {
        try {
          return (
            readFileSync(`/proc/${pid}/comm`, 'latin1') === 'tail\n' && readlinkSync(`/proc/${pid}/cwd`).startsWith(at.folder)
          )
        } catch {
          return false
        }
      })

    test('setup, then run: each state once, both streams, the exit code, the sizes', async () => {
      listen()
      const id = await submit({ setup: 'echo prepared', run: 'echo out; echo err >&2; exit 7' })
      const last = await ended(id)
      expect(states(id)).toEqual(['PENDING', 'SETTING_UP', 'RUNNING', 'FAILED'])
      expect(last).toMatchObject({ exitCode: 7, out: 13, err: 4, why: null, rank: 0 })
      expect([written(id), written(id, 'err')]).toEqual(['prepared\nout\n', 'err\n'])
      expect(of(id).map((entry) => entry.at)).toEqual(
        of(id)
          .map((entry) => entry.at)
          .sort(),
      )
      expect(Math.abs(last.at - Date.now())).toBeLessThan(20_000)
    })

    test('a setup that fails: run never begins', async () => {
      listen()
      const id = await submit({ setup: 'exit 4', run: 'echo never' })
      expect(await ended(id)).toMatchObject({ state: 'FAILED_SETUP', exitCode: 4, out: 0 })
      expect(states(id)).toEqual(['PENDING', 'SETTING_UP', 'FAILED_SETUP'])
    })

    test('the environment: SkyPilot’s variables, values as they are, the workdir, no deafness to Ctrl-C', async () => {
      listen()
      const odd = `a 'b' "c" $HOME \`id\` \\ ü 🚀\nsecond line\n`
      const id = await submit({
        values: { ODD: odd, PATH: '/no/where', IFS: 'x' },
        run: `printf %s "$ODD" >odd; /usr/bin/env | /usr/bin/sort | /bin/grep SKYPILOT; pwd; echo $PYTHONUNBUFFERED $PATH
/bin/grep SigIgn /proc/self/status`,
      })
      await ended(id)
      expect(readFileSync(join(at.folder, 'workdir', 'odd'), 'utf8')).toBe(odd)
      const [ignored, ...rest] = written(id).trim().split('\n').reverse()
      expect(rest.reverse()).toEqual([
        'SKYPILOT_NODE_IPS=10.0.0.7',
        'SKYPILOT_NODE_RANK=0',
        'SKYPILOT_NUM_GPUS_PER_NODE=0',
        'SKYPILOT_NUM_NODES=1',
        'SKYPILOT_TASK_ID=sky-x',
        join(at.folder, 'workdir'),
        '1 /no/where',
      ])
      // SIGINT is bit 2, SIGQUIT bit 4, SIGTERM bit 0x4000. The shell's own deafness is taken back by GNU's env or by perl.
      const hears = await runs('env --default-signal=INT true || perl -e 1', at.node)
      const mask = Number.parseInt((ignored as string).split(/\s+/)[1] as string, 16)
      expect(mask & (hears ? 0x4006 : 0x4000)).toBe(0)
    })

    test('secrets stand in no argv and in no file once the job runs', async () => {
      listen()
      const secret = `s3cret-${Math.random()}`
      const id = await submit({ values: { TOKEN: secret }, run: 'printf %s "$TOKEN" | wc -c; sleep 60' })
      await vi.waitFor(() => expect(written(id)).toBe(`${secret.length}\n`))
      const commands = readdirSync('/proc').flatMap((pid) => {
        try {
          return [readFileSync(`/proc/${pid}/cmdline`, 'latin1')]
        } catch {
          return []
        }
      })
      expect(commands.filter((line) => line.includes(secret))).toEqual([])
      const files = readdirSync(at.folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      const holding = files.filter((file) => readFileSync(join(file.parentPath, file.name), 'latin1').includes(secret))
      expect(holding.map((file) => file.name)).toEqual([])
    })

    test('sent twice, it runs once; sent again after its end, it stays ended', async () => {
      listen()
      const id = 'job-twice'
      const files = filesOf(id, { run: 'echo once; sleep 0.3' })
      await Promise.all([1, 2, 3].map(() => runner.submit(at.node, id, files, stop.signal)))
      await ended(id)
      await runner.submit(at.node, id, files, stop.signal)
      const next = await submit('true')
      await ended(next)
      expect(states(id)).toEqual(['PENDING', 'RUNNING', 'SUCCEEDED'])
      expect(written(id)).toBe('once\n')
    })

    test('without GPUs one after the other, in the order of coming', async () => {
      listen()
      const first = await submit('while [ ! -e go ]; do sleep 0.05; done')
      const waiting = [await submit('true'), await submit('true')]
      await reaches(waiting[1] as string, 'PENDING')
      expect(states(waiting[0] as string)).toEqual(['PENDING'])
      writeFileSync(join(at.folder, 'workdir', 'go'), '')
      await ended(waiting[1] as string)
      const order = entries.filter(({ state }) => state === 'RUNNING' || state === 'SUCCEEDED').map(({ jobId }) => jobId)
      expect(order).toEqual([first, first, waiting[0], waiting[0], waiting[1], waiting[1]])
    })

    test('GPUs: as many at a time as there are, each its own, nobody overtakes', async () => {
      listen()
      const run = 'echo $CUDA_VISIBLE_DEVICES $SKYPILOT_NUM_GPUS_PER_NODE; while [ ! -e go-$STYX_JOB_ID ]; do sleep 0.05; done'
      const wants = [1, 2, 2, 1]
      const ids: string[] = []
      for (const gpus of wants) ids.push(await submit({ run, gpus, of: 4 }))
      const [a, b, c, d] = ids as [string, string, string, string]
      await reaches(b, 'RUNNING')
      await sleep(1_500) // d fits beside a and b, but c came before it
      expect([c, d].map(states)).toEqual([['PENDING'], ['PENDING']])
      const go = (id: string) => writeFileSync(join(at.folder, 'workdir', `go-${id}`), '')
      go(a)
      await reaches(c, 'RUNNING')
      go(b)
      await reaches(d, 'RUNNING')
      for (const id of [c, d]) go(id)
      for (const id of ids) await ended(id)
      expect([a, b, c].map((id) => written(id).trim())).toEqual(['0 1', '1,2 2', '0,3 2'])
      expect(written(d).trim()).toMatch(/^[12] 1$/)
    })

    test('cancelled while it waits: it never begins, and the next one does', async () => {
      listen()
      const first = await submit('sleep 60')
      const [second, third] = [await submit('echo never'), await submit('true')]
      await runner.cancel(at.node, second, 0, stop.signal)
      expect(await ended(second)).toMatchObject({ state: 'CANCELLED', exitCode: null, out: 0 })
      await runner.cancel(at.node, first, 0, stop.signal)
      expect(await ended(first)).toMatchObject({ state: 'CANCELLED' })
      expect((await ended(third)).state).toBe('SUCCEEDED')
      expect(states(second)).toEqual(['PENDING', 'CANCELLED'])
    })

    test('cancelled before it came: it never begins', async () => {
      listen()
      await runner.cancel(at.node, 'job-late', 0, stop.signal)
      await runner.submit(at.node, 'job-late', filesOf('job-late', { run: 'echo never' }), stop.signal)
      const next = await submit('true')
      await ended(next)
      expect(states('job-late')).toEqual(['CANCELLED'])
    })

    test('cancelled while it runs: what forks, hides in a session of its own and ignores TERM is ended all the same', async () => {
      listen()
      const id = await submit(
        `trap '' TERM; (trap '' TERM; sleep 600) & setsid sh -c 'trap "" TERM; (sleep 600 & sleep 600); sleep 600' & sleep 600; sleep 600`,
      )
      await vi.waitFor(() => expect(carriers(id).length).toBeGreaterThanOrEqual(5))
      const began = performance.now()
      await runner.cancel(at.node, id, 0, stop.signal)
      expect(await ended(id)).toMatchObject({ state: 'CANCELLED' })
      expect(performance.now() - began).toBeGreaterThan(9_000)
      expect(performance.now() - began).toBeLessThan(16_000)
      expect(carriers(id)).toEqual([])
    })

    test('cancelled, it may say goodbye', async () => {
      listen()
      const id = await submit(`trap 'echo saved; exit 0' TERM; echo ready; while :; do sleep 0.05; done`)
      await vi.waitFor(() => expect(written(id)).toContain('ready'))
      await runner.cancel(at.node, id, 0, stop.signal)
      expect(await ended(id)).toMatchObject({ state: 'CANCELLED', exitCode: 0 })
      expect(written(id)).toBe('ready\nsaved\n')
    })

    test('what a run leaves behind is ended with it', async () => {
      listen()
      const id = await submit('sleep 600 & (setsid sleep 600 &); echo done')
      expect(await ended(id)).toMatchObject({ state: 'SUCCEEDED', exitCode: 0 })
      expect(carriers(id)).toEqual([])
    })

    test('a run that closes its streams goes on', async () => {
      listen()
      const id = await submit('exec >&- 2>&-; sleep 0.3; touch went-on')
      expect(await ended(id)).toMatchObject({ state: 'SUCCEEDED', out: 0, err: 0 })
      expect(existsSync(join(at.folder, 'workdir', 'went-on'))).toBe(true)
    })

    test('a command that does not exist: 127, and its name on stderr', async () => {
      listen()
      const id = await submit('styx-no-such-command')
      expect(await ended(id)).toMatchObject({ state: 'FAILED', exitCode: 127 })
      expect(written(id, 'err')).toContain('styx-no-such-command')
    })

    test('ended by a signal: 128 + its number', async () => {
      listen()
      expect(await ended(await submit('kill -9 $$'))).toMatchObject({ state: 'FAILED', exitCode: 137 })
    })

    test('a wrapper that was killed: told with its reason, what it ran is ended, the next begins', async () => {
      listen()
      const id = await submit('echo begun; sleep 600')
      await vi.waitFor(() => expect(written(id)).toBe('begun\n'))
      const next = await submit('true')
      process.kill(Number(readFileSync(join(at.folder, 'jobs', id, 'pid'), 'utf8').split(' ')[0]), 'SIGKILL')
      expect(await ended(id)).toMatchObject({ state: 'FAILED_DRIVER', why: 'killed', exitCode: null, out: 6, err: 0 })
      expect(carriers(id)).toEqual([])
      expect((await ended(next)).state).toBe('SUCCEEDED')
    })

    test('a wrapper that was killed while it waits: told, and the others go on', async () => {
      listen()
      const first = await submit('while [ ! -e go ]; do sleep 0.05; done')
      const id = await submit('echo never')
      await reaches(id, 'PENDING')
      process.kill(Number(readFileSync(join(at.folder, 'jobs', id, 'pid'), 'utf8').split(' ')[0]), 'SIGKILL')
      expect(await ended(id)).toMatchObject({ state: 'FAILED_DRIVER', why: 'killed', out: 0 })
      writeFileSync(join(at.folder, 'workdir', 'go'), '')
      expect((await ended(first)).state).toBe('SUCCEEDED')
    })

    test('a wrapper that was killed while nobody looked is told to who looks next', async () => {
      listen()
      const id = await submit('sleep 600')
      await reaches(id, 'RUNNING')
      stop.abort()
      process.kill(Number(readFileSync(join(at.folder, 'jobs', id, 'pid'), 'utf8').split(' ')[0]), 'SIGKILL')
      stop = new AbortController()
      listen(end)
      expect(await ended(id)).toMatchObject({ state: 'FAILED_DRIVER', why: 'killed' })
    })

    test('after a restart of the machine', async () => {
      listen()
      const id = await submit('sleep 600')
      await reaches(id, 'RUNNING')
      const file = join(at.folder, 'jobs', id, 'pid')
      process.kill(Number(readFileSync(file, 'utf8').split(' ')[0]), 'SIGKILL')
      writeFileSync(file, readFileSync(file, 'utf8').replace(/\S+\n$/, 'another-boot\n'))
      const next = await submit('true')
      expect(await ended(id)).toMatchObject({ state: 'FAILED_DRIVER', why: 'restarted' })
      expect((await ended(next)).state).toBe('SUCCEEDED')
    })

    test('its folder deleted under it: it is ended and told', async () => {
      listen()
      const id = await submit('sleep 600')
      await reaches(id, 'RUNNING')
      rmSync(join(at.folder, 'jobs', id), { recursive: true })
      expect(await ended(id)).toMatchObject({ state: 'FAILED_DRIVER', why: 'folder-gone', out: null })
      await vi.waitFor(() => expect(carriers(id)).toEqual([]), { timeout: 15_000 })
      expect((await ended(await submit('true'))).state).toBe('SUCCEEDED')
    })

    test('its folder deleted while nobody looked: it is lost', async () => {
      listen(0, ['job-gone'])
      await vi.waitFor(() => expect(lost).toEqual(['job-gone']))
    })

    test('the whole node deleted under it: nothing of it stays, and who listens is told', async () => {
      const listening = (async () => {
        for await (const _ of runner.observe(at.node, 0, [], stop.signal));
      })()
      const id = await submit('echo begun; sleep 600')
      await vi.waitFor(() => expect(written(id)).toBe('begun\n'))
      rmSync(at.folder, { recursive: true })
      await listening.catch(() => {}) // it ends by itself
      await vi.waitFor(() => expect(carriers(id)).toEqual([]), { timeout: 15_000 })
      const error = await (async () => {
        for await (const _ of runner.observe(at.node, 0, [], stop.signal));
      })().catch((e: unknown) => e)
      expect(error).toMatchObject({ data: { code: 'job.node-gone' } })
      await expect(submit('true')).rejects.toMatchObject({ data: { code: 'job.node-gone' } })
    })

    test('its own end from outside is not taken for a cancel', async () => {
      listen()
      const id = await submit('sleep 600')
      await reaches(id, 'RUNNING')
      process.kill(Number(readFileSync(join(at.folder, 'jobs', id, 'pid'), 'utf8').split(' ')[0]), 'SIGTERM')
      expect(await ended(id)).toMatchObject({ state: 'FAILED_DRIVER', why: 'ended' })
    })

    test('the journal is read on from any offset: nothing missed, nothing twice', async () => {
      listen()
      for (const script of ['true', 'exit 1', 'true']) await ended(await submit(script))
      const all = entries
      const total = end
      for (const cut of [0, Math.floor(total / 3), total]) {
        stop.abort()
        stop = new AbortController()
        ;[entries, end] = [[], 0]
        listen(cut)
        await vi.waitFor(() => expect(end).toBe(total))
        expect(entries).toEqual(all.slice(all.length - entries.length))
        expect(entries.length).toBe({ 0: all.length, [total]: 0 }[cut] ?? entries.length)
      }
    })

    test('the log is followed from any byte, binary too, and nothing of it stays on the node', async () => {
      listen()
      const id = await submit('head -c 300000 /dev/urandom; echo last; echo problem >&2')
      const { out } = await ended(id)
      const whole = readFileSync(join(at.folder, 'jobs', id, 'rank-0.out'))
      expect(whole.length).toBe(out)
      for (const from of [0, 12_345, whole.length - 2, whole.length]) {
        const followed = await runner.follow(at.node, id, 0, { out: from, err: 3 }, stop.signal)
        const [chunks, errs]: [Buffer[], Buffer[]] = [[], []]
        const taken = [take(followed.out, chunks), take(followed.err, errs)]
        await vi.waitFor(() => expect(Buffer.concat(chunks).equals(whole.subarray(from))).toBe(true))
        await vi.waitFor(() => expect(Buffer.concat(errs).toString()).toBe('blem\n'))
        followed.close()
        expect(await followed.ended).toBe('ended')
        await Promise.all(taken)
      }
      await vi.waitFor(() => expect(tails()).toHaveLength(1)) // the journal's
      const gone = await runner.follow(at.node, 'job-none', 0, { out: 0, err: 0 }, stop.signal)
      const nothing: Buffer[] = []
      await Promise.all([take(gone.out, nothing), take(gone.err, nothing)])
      expect([await gone.ended, nothing]).toEqual(['gone', []])
    })

    test('when it was written: a line for each second in which something grew', async () => {
      listen()
      const id = await submit('echo a; sleep 2.2; echo b >&2; sleep 1.2')
      await ended(id)
      const times = await runner.times(at.node, id, { out: 0, err: 0 }, stop.signal)
      const lines = times
        .trim()
        .split('\n')
        .map((line) => line.split(' ').slice(1).join(' '))
      expect(lines[0]).toBe('2 0')
      expect(lines.at(-1)).toBe('2 2')
      expect(await runner.times(at.node, id, { out: 2, err: 2 }, stop.signal)).toBe('')
    })

    test('what comes cut off is not begun', async () => {
      listen()
      const abort = new AbortController()
      const files = { ...filesOf('job-cut', { run: 'echo never' }), filler: 'x'.repeat(4_000_000) }
      const cut = runner.submit(at.node, 'job-cut', files, abort.signal)
      abort.abort(new Error('cut'))
      await expect(cut).rejects.toThrow()
      await ended(await submit('true'))
      expect(states('job-cut')).toEqual([])
    })

    test('removed: its folder is gone; one that runs is not removed', async () => {
      listen()
      const id = await submit('sleep 600')
      await reaches(id, 'RUNNING')
      await runner.remove(at.node, id, stop.signal)
      expect(existsSync(join(at.folder, 'jobs', id))).toBe(true)
      await runner.cancel(at.node, id, 0, stop.signal)
      await ended(id)
      await vi.waitFor(async () => {
        await runner.remove(at.node, id, stop.signal)
        expect(existsSync(join(at.folder, 'jobs', id))).toBe(false)
      })
    })
  })
}

async function runs(command: string, { transport }: JobNode): Promise<boolean> {
  const asked = { timeout_ms: 10_000, signal: new AbortController().signal }
  return (await capture(transport, ['sh', '-c', command], asked)).code === 0
}

async function take(stream: AsyncIterable<Buffer>, into: Buffer[]): Promise<void> {
  for await (const chunk of stream) into.push(chunk)
}
