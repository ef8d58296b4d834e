import { execFile } from 'node:child_process'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { explainGpuProblem } from '../../shared/gpu-problem.ts'
import { type NvidiaSmiAnswer, parseGpuFacts, parseGpuReadings } from './nvidia-smi.ts'

const STAND_IN = join(import.meta.dirname, '../../../e2e/substrate/nvidia-smi')

const READINGS = 'uuid,utilization.gpu,memory.used,temperature.gpu,power.draw'

/** What the stand-in answers from a capture. */
function answer(capture: string, query: string): Promise<NvidiaSmiAnswer> {
  const env = { ...process.env, NVIDIA_SMI_CAPTURE: join(STAND_IN, 'captures', capture) }
  return new Promise((resolve) => {
    const args = [`--query-gpu=${query}`, '--format=csv,noheader,nounits']
    execFile(join(STAND_IN, 'nvidia-smi'), args, { env }, (error, stdout, stderr) => {
      resolve({ lines: (stdout + stderr).split('\n'), exit: error ? Number(error.code) : 0 })
    })
  })
}
const facts = async (capture: string) => parseGpuFacts(await answer(capture, 'uuid,name,memory.total'))
const asked = (lines: string[], exit: number | null, fields = READINGS) => ({ lines: [`fields ${fields}`, ...lines], exit })
const readings = async (capture: string) => {
  const { lines, exit } = await answer(capture, READINGS)
  return parseGpuReadings(asked(lines, exit))
}
const uuid = (n: string) => `GPU-000000${n}-1c2d-4e5f-8a9b-0c1d2e3f4a5b`

test('eight healthy GPUs', async () => {
  const { gpus, problem } = await facts('eight-h100')
  expect(problem).toBeNull()
  expect(gpus).toHaveLength(8)
  expect(gpus[0]).toEqual({ uuid: uuid('a0'), name: 'NVIDIA H100 80GB HBM3', memory_MiB: 81559 })
  expect((await readings('eight-h100')).gpus[4]).toEqual({
    uuid: uuid('a4'),
    use_percent: 0,
    memoryUsed_MiB: 4,
    temperature_C: 31,
    power_W: 71.55,
  })
})

test('a GPU lost in the middle: the others stay, the error is told', async () => {
  const { gpus, problem } = await readings('lost-one')
  expect(gpus.map((gpu) => gpu.uuid)).toEqual(['a0', 'a1', 'a3', 'a4', 'a5', 'a6', 'a7'].map(uuid))
  expect(problem).toBe('Unable to determine the device handle for GPU0000:02:00.0: Unknown Error')
  expect(explainGpuProblem(problem!).what).toBe('A GPU has dropped off the bus')
})

test('MIG: use is unknown, not zero', async () => {
  const { gpus, problem } = await readings('mig')
  expect(gpus[0]).toMatchObject({ use_percent: null, memoryUsed_MiB: 37 })
  expect(gpus[1]).toMatchObject({ use_percent: 12 })
  expect(problem).toBeNull()
})

test('bracketed words are unknown, whichever they are', async () => {
  const { gpus, problem } = await readings('unsupported')
  expect(gpus[0]).toMatchObject({ use_percent: null, memoryUsed_MiB: 312, power_W: null })
  expect(gpus[1]).toMatchObject({ use_percent: null, memoryUsed_MiB: null, temperature_C: null, power_W: null })
  expect(problem).toBe('nvidia-smi ended with exit code 1 and said nothing.')
  expect((await facts('unsupported')).gpus[1]).toEqual({ uuid: uuid('c1'), name: 'NVIDIA GPU', memory_MiB: null })
})

test('errors on stdout are problems in plain words, with the raw text kept', async () => {
  const mismatch = await readings('mismatch')
  expect(mismatch).toEqual({
    gpus: [],
    problem: 'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 550.54',
  })
  expect(explainGpuProblem(mismatch.problem!)).toMatchObject({
    what: 'The NVIDIA driver was updated while the old one was loaded',
    command: 'sudo reboot',
  })
  const { problem } = await facts('no-driver')
  expect(explainGpuProblem(problem!).what).toBe('The NVIDIA driver is not running')
})

test('no devices is an answer, not a problem', async () => {
  expect(await facts('no-devices')).toEqual({ gpus: [], problem: null })
})

test('columns are read by the names that they were asked by', () => {
  const { gpus } = parseGpuReadings(asked([`${uuid('a0')}, 61, 97`], 0, 'uuid,temperature.gpu,utilization.gpu'))
  expect(gpus).toEqual([{ uuid: uuid('a0'), use_percent: 97, memoryUsed_MiB: null, temperature_C: 61, power_W: null }])
  expect(parseGpuReadings({ lines: [`${uuid('a0')}, 97, 70213, 61, 688.12`], exit: 0 }).gpus).toEqual([]) // of what?
})

test('a driver that does not know a field is said, and gives no numbers', async () => {
  const { gpus, problem } = await readings('old-driver')
  expect(gpus).toEqual([])
  expect(explainGpuProblem(problem!).what).toBe('This nvidia-smi is too old to be asked by Styx')
})

test('padded values are read', async () => {
  expect((await readings('padded')).gpus).toEqual([
    { uuid: uuid('e0'), use_percent: 7, memoryUsed_MiB: 512, temperature_C: 45, power_W: 30.1 },
  ])
})

test('numbers that cannot be are unknown; a GPU listed twice or without a UUID is not believed', async () => {
  const { gpus, problem } = await readings('lying')
  expect(gpus).toEqual([{ uuid: uuid('f0'), use_percent: null, memoryUsed_MiB: null, temperature_C: null, power_W: null }])
  expect(problem).toContain('GPU-short')
})

test('changed columns are not believed', () => {
  const line = `${uuid('a0')}, 97, 70213, 61, 688.12`
  expect(parseGpuReadings(asked([`${line}, 1`], 0)).gpus).toEqual([])
  expect(parseGpuReadings(asked([`0, ${line}`], 0)).gpus).toEqual([])
  expect(parseGpuReadings(asked([line.replace(/,[^,]*$/, '')], 0)).gpus).toEqual([])
})

test('killed: said, not silent', () => {
  expect(explainGpuProblem(parseGpuReadings(asked([], null)).problem!).what).toBe('nvidia-smi hangs')
})

test('property: never throws, and every number was printed', () => {
  const cell = fc.oneof(
    fc.string(),
    fc.integer().map(String),
    fc.double().map(String),
    fc.constantFrom('[N/A]', 'N/A', '', 'ERR!'),
  )
  const line = fc.oneof(
    fc.string(),
    fc.array(cell, { maxLength: 7 }).map((cells) => cells.join(', ')),
    fc.array(cell, { minLength: 4, maxLength: 4 }).map((cells) => [uuid('a0'), ...cells].join(', ')),
  )
  fc.assert(
    fc.property(fc.array(line), fc.option(fc.integer({ min: 0, max: 255 })), (lines, exit) => {
      const { gpus, problem } = parseGpuReadings(asked(lines, exit))
      const printed = new Set(lines.flatMap((each) => each.split(',').map((text) => Number(text.trim() || 'x'))))
      for (const { uuid: _, ...numbers } of gpus)
        for (const number of Object.values(numbers)) expect(number === null || printed.has(number)).toBe(true)
      if (exit !== 0 && gpus.length === 0 && !lines.some((each) => /No devices/i.test(each))) expect(problem).not.toBeNull()
    }),
  )
})
