import fc from 'fast-check'
import { expect, test } from 'vitest'
import { machineSample } from '../../shared/machine.ts'
import { gpuColumns, parseBlock, sampleOf } from './sample.ts'

const NO_GPU = { gpus: null, gpuProblem: null }
const DISK = '/dev/vda 1048576 524288 524288 50% /'
const block = (text: string, at = 0) => parseBlock(text.trim().split('\n'), at)

const FIRST = block(`
uptime 100.00
core cpu0 1000 0 500 8000 100 0 0 0 0 0
core cpu1 1000 0 500 8000 100 0 0 0 0 0
memory MemTotal: 2097152
memory MemAvailable: 1048576
net lo 500 500
net eth0 1000 2000
net docker0 7 7
temperature 45500
temperature 61250
`)
const SECOND = block(
  `
uptime 102.00
core cpu0 1100 0 550 8050 100 0 0 0 0 0
core cpu1 1000 0 500 8195 105 0 0 0 0 0
memory MemTotal: 2097152
memory MemAvailable: 524288
memory SwapTotal: 1048576
memory SwapFree: 786432
net lo 99999 99999
net eth0 3000 2400
net docker0 9999 9999
`,
  2000,
)

test('two blocks make a sample', () => {
  expect(machineSample.parse(sampleOf('m', FIRST, SECOND, DISK, NO_GPU))).toEqual({
    machineId: 'm',
    at: 2000,
    cores_percent: [75, 0],
    memoryUsed_MiB: 1536,
    memoryTotal_MiB: 2048,
    swapUsed_MiB: 256,
    swapTotal_MiB: 1024,
    diskUsed_MiB: 512,
    diskFree_MiB: 512,
    down_Bps: 1000,
    up_Bps: 200,
    temperature_C: null,
    gpus: null,
    gpuProblem: null,
    problem: null,
  })
})

test('one block alone knows no rates', () => {
  const sample = sampleOf('m', null, FIRST, null, NO_GPU)
  expect(sample).toMatchObject({
    cores_percent: [],
    down_Bps: null,
    up_Bps: null,
    memoryUsed_MiB: 1024,
    swapUsed_MiB: null,
    swapTotal_MiB: null,
    diskUsed_MiB: null,
    temperature_C: 61.3,
  })
})

test('a reboot between two blocks is unknown, never negative', () => {
  expect(sampleOf('m', SECOND, FIRST, null, NO_GPU)).toMatchObject({ cores_percent: [null, null], down_Bps: null, up_Bps: null })
})

test('a core that came online is unknown once; one that went is gone', () => {
  const more = block('uptime 104\ncore cpu1 1100 0 500 8295 105 0 0 0 0 0\ncore cpu7 1 0 0 0 0 0 0 0 0 0')
  expect(sampleOf('m', SECOND, more, null, NO_GPU).cores_percent).toEqual([50, null])
})

test('macOS: one number for all cores, memory in pages, time by our clock', () => {
  const text =
    'cores-percent 12.5\nmemory Total-bytes: 17179869184\nmemory Page-bytes: 16384\nmemory Pages: 100000\nmemory Pages: 50000\nmemory Pages: 10000\nnet en0'
  const [one, two] = [block(`${text} 1000 1000`, 0), block(`${text} 5000 3000`, 2000)]
  expect(sampleOf('m', one, two, null, NO_GPU)).toMatchObject({
    cores_percent: [12.5],
    memoryTotal_MiB: 16384,
    memoryUsed_MiB: 2500,
    down_Bps: 2000,
    up_Bps: 1000,
  })
})

test('in a container its own limit and use count, without the cache that it gives back', () => {
  const text =
    'memory MemTotal: 8388608\nmemory MemAvailable: 4194304\nmemory Limit-bytes: 2147483648\nmemory Usage-bytes: 1610612736'
  const stat = 'memory Reclaimable-bytes: 0\nmemory Reclaimable-bytes: 1073741824'
  expect(block(`${text}\n${stat}`)).toMatchObject({ memoryTotal_MiB: 2048, memoryUsed_MiB: 512 })
})

test('a GPU that does not answer keeps its column', () => {
  const reading = { uuid: 'b', use_percent: 5, memoryUsed_MiB: 6, temperature_C: 7, power_W: null }
  expect(gpuColumns(['a', 'b'], [reading], 'lost').gpus).toEqual({
    use_percent: [null, 5],
    memoryUsed_MiB: [null, 6],
    temperature_C: [null, 7],
    power_W: [null, null],
  })
})

test('property: any lines are a sample of our shape, with no percent outside 0–100 and no negative rate', () => {
  const word = fc.constantFrom(
    'uptime',
    'core',
    'cores-percent',
    'memory',
    'net',
    'temperature',
    'MemTotal:',
    'MemAvailable:',
    'cpu0',
    'eth0',
  )
  const cell = fc.oneof(fc.string(), fc.nat().map(String), fc.bigInt().map(String), fc.double().map(String), word)
  const lines = fc.array(fc.tuple(word, fc.array(cell, { maxLength: 11 })).map(([kind, cells]) => [kind, ...cells].join(' ')))
  fc.assert(
    fc.property(lines, lines, (one, two) => {
      const sample = machineSample.parse(sampleOf('m', parseBlock(one, 0), parseBlock(two, 1000), null, NO_GPU))
      for (const percent of sample.cores_percent) expect(percent === null || (percent >= 0 && percent <= 100)).toBe(true)
      for (const rate of [sample.down_Bps, sample.up_Bps]) expect(rate === null || rate >= 0).toBe(true)
    }),
  )
})
