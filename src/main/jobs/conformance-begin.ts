import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { commandLines } from '../../../e2e/substrate/processes.ts'
import { capture } from '../transports/capture.ts'
import type { NodeUnderTest } from './node-under-test.ts'
import type { JobNode } from './runner.ts'

/** How a job begins, waits its turn, or never does. */
export function beginnings(node: NodeUnderTest): void {
  const { listen, filesOf, submit, of, states, ended, reaches, written } = node

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
    expect(readFileSync(join(node.folder, 'workdir', 'odd'), 'utf8')).toBe(odd)
    const [ignored, ...rest] = written(id).trim().split('\n').reverse()
    expect(rest.reverse()).toEqual([
      'SKYPILOT_NODE_IPS=10.0.0.7',
      'SKYPILOT_NODE_RANK=0',
      'SKYPILOT_NUM_GPUS_PER_NODE=0',
      'SKYPILOT_NUM_NODES=1',
      'SKYPILOT_TASK_ID=sky-x',
      join(node.folder, 'workdir'),
      '1 /no/where',
    ])
    // SIGINT is bit 2, SIGQUIT bit 4, SIGTERM bit 0x4000. The shell's own deafness is taken back by GNU's env or by perl.
    const hears = await runs('env --default-signal=INT true || perl -e 1', node.at)
    const mask = Number.parseInt((ignored as string).split(/\s+/)[1] as string, 16)
    expect(mask & (hears ? 0x4006 : 0x4000)).toBe(0)
  })

  test('secrets stand in no argv and in no file once the job runs', async () => {
    listen()
    const secret = `s3cret-${Math.random()}`
    const id = await submit({ values: { TOKEN: secret }, run: 'printf %s "$TOKEN" | wc -c; sleep 60' })
    await vi.waitFor(() => expect(written(id)).toBe(`${secret.length}\n`))
    expect(commandLines().filter((line) => line.includes(secret))).toEqual([])
    const files = readdirSync(node.folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const holding = files.filter((file) => readFileSync(join(file.parentPath, file.name), 'latin1').includes(secret))
    expect(holding.map((file) => file.name)).toEqual([])
  })

  test('sent twice, it runs once; sent again after its end, it stays ended', async () => {
    listen()
    const id = 'job-twice'
    const files = filesOf(id, { run: 'echo once; sleep 0.3' })
    await Promise.all([1, 2, 3].map(() => node.runner.submit(node.at, id, files, node.signal)))
    await ended(id)
    await node.runner.submit(node.at, id, files, node.signal)
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
    writeFileSync(join(node.folder, 'workdir', 'go'), '')
    await ended(waiting[1] as string)
    const order = node.entries.filter(({ state }) => state === 'RUNNING' || state === 'SUCCEEDED').map(({ jobId }) => jobId)
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
    const go = (id: string) => writeFileSync(join(node.folder, 'workdir', `go-${id}`), '')
    go(a)
    await reaches(c, 'RUNNING')
    go(b)
    await reaches(d, 'RUNNING')
    for (const id of [c, d]) go(id)
    for (const id of ids) await ended(id)
    expect([a, b, c].map((id) => written(id).trim())).toEqual(['0 1', '1,2 2', '0,3 2'])
    expect(written(d).trim()).toMatch(/^[12] 1$/)
  })

  test('of a machine that others hold a part of: jobs get what is ours, the whole node is all of that', async () => {
    listen()
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's
    const run = 'echo ${CUDA_VISIBLE_DEVICES-unset} $SKYPILOT_NUM_GPUS_PER_NODE; while [ ! -e go ]; do sleep 0.05; done'
    const only = [1, 3]
    const both = [await submit({ run, gpus: 1, only }), await submit({ run, gpus: 1, only })] as [string, string]
    await reaches(both[1], 'RUNNING')
    const alone = await submit({ run, only })
    const none = await submit({ run, only: [] })
    writeFileSync(join(node.folder, 'workdir', 'go'), '')
    for (const id of [...both, alone, none]) await ended(id)
    expect([...both, alone, none].map((id) => written(id))).toEqual(['1 1\n', '3 1\n', '1,3 2\n', '0\n'])
  })

  test('cancelled while it waits: it never begins, and the next one does', async () => {
    listen()
    const first = await submit('sleep 60')
    const [second, third] = [await submit('echo never'), await submit('true')]
    await node.runner.cancel(node.at, second, 0, node.signal)
    expect(await ended(second)).toMatchObject({ state: 'CANCELLED', exitCode: null, out: 0 })
    await node.runner.cancel(node.at, first, 0, node.signal)
    expect(await ended(first)).toMatchObject({ state: 'CANCELLED' })
    expect((await ended(third)).state).toBe('SUCCEEDED')
    expect(states(second)).toEqual(['PENDING', 'CANCELLED'])
  })

  test('cancelled before it came: it never begins', async () => {
    listen()
    await node.runner.cancel(node.at, 'job-late', 0, node.signal)
    await node.runner.submit(node.at, 'job-late', filesOf('job-late', { run: 'echo never' }), node.signal)
    const next = await submit('true')
    await ended(next)
    expect(states('job-late')).toEqual(['CANCELLED'])
  })

  test('what comes cut off is not begun', async () => {
    listen()
    const abort = new AbortController()
    const files = { ...filesOf('job-cut', { run: 'echo never' }), filler: 'x'.repeat(4_000_000) }
    const cut = node.runner.submit(node.at, 'job-cut', files, abort.signal)
    abort.abort(new Error('cut'))
    await expect(cut).rejects.toThrow()
    await ended(await submit('true'))
    expect(states('job-cut')).toEqual([])
  })
}

async function runs(command: string, { transport }: JobNode): Promise<boolean> {
  const asked = { timeout_ms: 10_000, signal: new AbortController().signal }
  return (await capture(transport, ['sh', '-c', command], asked)).code === 0
}
