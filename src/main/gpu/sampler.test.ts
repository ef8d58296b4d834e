import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { MachineDetails, MachineSample } from '../../shared/machine.ts'
import { openLocalTransport } from '../transports/local/local-transport.ts'
import type { Transport } from '../transports/transport.ts'
import { createSampler } from './sampler.ts'

// The real script on this machine, with the stand-in for nvidia-smi first on its PATH.
const ROOT = join(import.meta.dirname, '../../..')
const STAND_IN = join(ROOT, 'e2e/substrate/nvidia-smi')
const LOCAL = { endpoint: { via: 'local' as const }, gpus: [] }
const NOT_LINUX = process.platform !== 'linux'
const WHY = 'there is no /proc here: run the tests on Linux'

let folder: string
let capture: string
let transport: Transport
let stop: AbortController
let starts: number
const use = async (name: string) => writeFile(capture, await readFile(join(STAND_IN, 'captures', name)))

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'styx-sampler-'))
  capture = join(folder, 'capture')
  await use('eight-h100')
  vi.stubEnv('NVIDIA_SMI_CAPTURE', capture)
  vi.stubEnv('PATH', `${STAND_IN}:${process.env.PATH}`)
  vi.stubEnv('HOME', folder)
  starts = 0
  stop = new AbortController()
  const local = openLocalTransport()
  transport = {
    ...local,
    exec: (argv, options) => {
      starts++
      return local.exec(argv, options)
    },
  }
})
afterEach(async () => {
  stop.abort()
  if (!NOT_LINUX) await vi.waitFor(async () => expect(await leftBehind()).toEqual([]), { timeout: 10_000 })
  await transport.close()
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

/** Processes of this test that still run: found by its own folder in their environment. */
async function leftBehind(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
      const name = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      return environment.includes(`NVIDIA_SMI_CAPTURE=${capture}`) ? `${pid} ${name.replaceAll('\0', ' ').slice(0, 60)}` : ''
    }),
  )
  return found.filter(Boolean)
}

function sampler() {
  return createSampler({ transport: () => transport, resources: join(ROOT, 'resources'), signal: stop.signal })
}

/** The first sample that is as asked for. */
async function sample(of: ReturnType<typeof sampler>, like: (sample: MachineSample) => boolean): Promise<MachineSample> {
  for await (const one of of.samples.subscribe(AbortSignal.timeout(15_000))) if (like(one)) return one
  throw new Error('no such sample came')
}

test('a sample has the cores, memory, disk and GPUs of this machine', async ({ skip }) => {
  skip(NOT_LINUX, WHY)
  const all = sampler()
  all.watch('m', LOCAL, 'seen')
  const one = await sample(all, ({ cores_percent, gpus }) => cores_percent.length > 0 && gpus?.use_percent[0] === 97)
  expect(one.cores_percent.every((core) => core !== null && core >= 0 && core <= 100)).toBe(true)
  expect(one.memoryUsed_MiB!).toBeLessThan(one.memoryTotal_MiB!)
  expect(one.diskFree_MiB!).toBeGreaterThan(0)
  expect(one.down_Bps).not.toBeNull()
  expect(one.gpus?.use_percent).toEqual([97, 98, 96, 99, 0, 0, 3, 100])
  expect(one.gpuProblem).toBeNull()
  expect(all.recent('m')).toContainEqual(one)
})

test('one loop however many watch; the rate is the fastest asked for; the last one to go ends it', async ({ skip }) => {
  skip(NOT_LINUX, WHY)
  const all = sampler()
  const background = all.watch('m', LOCAL, 'background')
  await sample(all, () => true)
  const before = performance.now()
  const seen = [all.watch('m', LOCAL, 'seen'), all.watch('m', LOCAL, 'seen')]
  await sample(all, () => true)
  await sample(all, () => true)
  expect(performance.now() - before).toBeLessThan(8_000) // not 10 s each
  expect(starts).toBe(1)
  for (const leave of [...seen, background, background]) leave()
  expect(all.recent('m')).toEqual([])
  await vi.waitFor(async () => expect(await leftBehind()).toEqual([]), { timeout: 5_000 })
})

test('a wedged nvidia-smi delays nothing, is killed with its children, and is back by itself', { timeout: 40_000 }, async ({
  skip,
}) => {
  skip(NOT_LINUX, WHY)
  const all = sampler()
  all.watch('m', LOCAL, 'seen')
  await sample(all, ({ gpus }) => gpus?.use_percent[0] === 97)
  await use('hang')
  const ticks: number[] = []
  await sample(all, ({ at, gpus, gpuProblem }) => {
    ticks.push(at)
    return gpus?.use_percent.every((one) => one === null) === true && gpus.use_percent.length === 8 && gpuProblem !== null
  })
  for (const [index, at] of ticks.entries()) expect(at - (ticks[index - 1] ?? at)).toBeLessThan(4_500)
  await use('lost-one')
  const back = await sample(all, ({ gpus }) => gpus?.use_percent[0] === 97)
  expect(back.gpus?.use_percent).toEqual([97, 98, null, 99, 0, 0, 3, 100])
  expect(back.gpuProblem).toContain('Unable to determine the device handle')
})

test('columns keep the order of the facts, also of a GPU that never answers', async ({ skip }) => {
  skip(NOT_LINUX, WHY)
  await use('lost-one')
  const all = sampler()
  const uuids = [0, 1, 2, 3, 4, 5, 6].map((n) => `GPU-000000a${n}-1c2d-4e5f-8a9b-0c1d2e3f4a5b`)
  all.watch('m', { ...LOCAL, gpus: uuids }, 'seen')
  const one = await sample(all, ({ gpus }) => gpus?.use_percent[0] === 97)
  expect(one.gpus?.use_percent).toEqual([97, 98, null, 99, 0, 0, 3, 100]) // the eighth is new: it comes last
})

test('a loop that dies is said and begun again', async ({ skip }) => {
  skip(NOT_LINUX, WHY)
  const all = sampler()
  all.watch('m', LOCAL, 'seen')
  await sample(all, () => true)
  const loop = (await leftBehind()).find((line) => line.includes('sh -c #!/bin/sh'))
  const unknown = sample(all, ({ memoryTotal_MiB }) => memoryTotal_MiB === null)
  process.kill(Number(loop?.split(' ')[0]), 'SIGKILL')
  expect(await unknown).toMatchObject({
    cores_percent: [],
    gpus: null,
    gpuProblem: null,
    problem: 'It ended with SIGKILL.',
  })
  await sample(all, ({ memoryTotal_MiB }) => memoryTotal_MiB !== null)
  expect(starts).toBe(2)
})

test('a machine that cannot be reached is unknown with the reason', async () => {
  const all = createSampler({
    transport: () => ({ ...transport, exec: () => transport.exec(['styx-no-such-program'], { signal: stop.signal }) }),
    resources: join(ROOT, 'resources'),
    signal: stop.signal,
  })
  all.watch('m', LOCAL, 'background')
  expect((await sample(all, () => true)).problem).toMatch(/styx-no-such-program/)
})

test('an engine that is killed leaves no loop behind, not even a wedged nvidia-smi', async ({ skip }) => {
  skip(NOT_LINUX, WHY)
  await use('hang')
  const program = `
    const { openLocalTransport } = await import(${JSON.stringify(join(ROOT, 'src/main/transports/local/local-transport.ts'))})
    const { createSampler } = await import(${JSON.stringify(join(ROOT, 'src/main/gpu/sampler.ts'))})
    const transport = openLocalTransport()
    const sampler = createSampler({ transport: () => transport, resources: ${JSON.stringify(join(ROOT, 'resources'))}, signal: new AbortController().signal })
    sampler.watch('m', { endpoint: { via: 'local' }, gpus: [] }, 'seen')
    for await (const _ of sampler.samples.subscribe(new AbortController().signal)) console.log('sample')
  `
  const engine = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(engine.stdout, 'data')
  await vi.waitFor(async () => expect((await leftBehind()).join()).toContain('sleep 300'), { timeout: 5_000 })
  engine.kill('SIGKILL')
  await vi.waitFor(async () => expect(await leftBehind()).toEqual([]), { timeout: 10_000 })
})

test('an old driver is asked for less, and what changes slowly comes as details', async ({ skip }) => {
  skip(NOT_LINUX, WHY)
  await use('old-driver')
  const all = sampler()
  const first = all.detailed.subscribe(AbortSignal.timeout(15_000)).next()
  all.watch('m', LOCAL, 'seen')
  const one = await sample(all, ({ gpus }) => gpus?.use_percent[0] === 0)
  expect(one).toMatchObject({ gpus: { temperature_C: [38], power_W: [null] }, gpuProblem: null })
  const { value } = await first
  expect(value).toMatchObject({
    gpus: [{ powerCap_W: 149, smClockMost_MHz: 875, clockReasons: ['idle'], mig: null, processes: [] }],
  })
  await vi.waitFor(() => expect(all.details('m')?.at).toBeGreaterThan(0))
})

test('details come more often while somebody looks at them, with whose a process is', async ({ skip }) => {
  skip(NOT_LINUX, WHY)
  const app = `app GPU-000000a4-1c2d-4e5f-8a9b-0c1d2e3f4a5b|${process.pid}|node|10\n`
  await writeFile(capture, (await readFile(join(STAND_IN, 'captures/eight-h100'), 'utf8')) + app)
  const all = sampler()
  const details = all.detailed.subscribe(AbortSignal.timeout(20_000))
  const told = async (after: number): Promise<MachineDetails> => {
    const { value } = await details.next()
    if (!value) throw new Error('no details came')
    return value.at > after ? value : told(after)
  }
  all.watch('m', LOCAL, 'background')
  const first = await told(0)
  expect(first.gpus[4]?.processes).toMatchObject([
    { pid: process.pid, user: userInfo().username, command: expect.stringContaining('vitest'), memory_MiB: 10 },
  ])
  all.watch('m', LOCAL, 'details')
  expect((await told(first.at + 3_000)).at - first.at).toBeLessThan(15_000) // not a minute
  expect(starts).toBe(1)
})
