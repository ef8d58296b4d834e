import { expect, test, vi } from 'vitest'
import type { MachineDetails, MachineSample } from '../../shared/machine.ts'
import { createSampleReader } from './sample-reader.ts'

const A = 'GPU-000000a0-1c2d-4e5f-8a9b-0c1d2e3f4a5b'
const B = 'GPU-000000b0-1c2d-4e5f-8a9b-0c1d2e3f4a5b'

/** A reader that is fed lines at a given second, and what it published. */
function reading(order: string[] = [], interval_s = 1) {
  const samples: MachineSample[] = []
  const details: MachineDetails[] = []
  const reader = createSampleReader(
    'm',
    order,
    () => interval_s * 1000,
    (sample) => samples.push(sample),
    (one) => details.push(one),
  )
  const feed = (second: number, ...lines: string[]) => {
    for (const line of lines) reader.line(line, second * 1000)
  }
  return { samples, details, feed, close: reader.close }
}
const fields = (n: number) => `gpu ${n} fields uuid,utilization.gpu,memory.used,temperature.gpu,power.draw`
const block = (n: number) => [
  `disk-none ${n}`,
  `tick ${n}`,
  `uptime ${n}.00`,
  'memory MemTotal: 2048',
  'memory MemAvailable: 1024',
  `end ${n}`,
]

test('without nvidia-smi a block is a sample at once', () => {
  const { samples, feed } = reading()
  feed(1, 'gpu-none 1', ...block(1))
  expect(samples).toMatchObject([{ at: 1000, memoryTotal_MiB: 2, gpus: null, gpuProblem: null }])
})

test('a block waits for the answer of its own shot', () => {
  const { samples, feed } = reading()
  feed(1, ...block(1))
  expect(samples).toEqual([])
  feed(1.2, fields(1), `gpu 1 ${A}, 50, 100, 40, 70.5`, 'gpu-exit 1 0')
  expect(samples).toMatchObject([{ at: 1000, gpus: { use_percent: [50], power_W: [70.5] } }])
})

test('a block waits for the disk too', () => {
  const { samples, feed } = reading()
  feed(1, 'gpu-none 1', ...block(1).slice(1))
  expect(samples).toEqual([])
  feed(1.1, 'disk 1 /dev/vda 2048 1024 1024 50% /', 'disk-exit 1 0')
  expect(samples).toMatchObject([{ at: 1000, diskUsed_MiB: 1 }])
})

test('an answer that comes late never holds the block back longer than half an interval', () => {
  vi.useFakeTimers()
  const { samples, feed } = reading()
  feed(1, ...block(1))
  vi.advanceTimersByTime(499)
  expect(samples).toEqual([])
  vi.advanceTimersByTime(1)
  expect(samples).toMatchObject([{ at: 1000, memoryUsed_MiB: 1, gpuProblem: null }])
  vi.useRealTimers()
})

test('a wedged nvidia-smi: the last reading holds for 5 s, then all is unknown and it is said', () => {
  const { samples, feed } = reading()
  feed(1, ...block(1), fields(1), `gpu 1 ${A}, 50, 100, 40, 70`, 'gpu-exit 1 0')
  feed(4, 'gpu-late 2 2', ...block(2))
  feed(9, 'gpu-late 3 7', ...block(3))
  expect(samples.map((sample) => sample.gpus?.use_percent)).toEqual([[50], [50], [null]])
  expect(samples.at(-1)?.gpuProblem).toBe('nvidia-smi has not answered for 7 s.')
  feed(10, ...block(4), fields(4), `gpu 4 ${A}, 60, 100, 40, 70`, 'gpu-exit 4 0')
  expect(samples.at(-1)).toMatchObject({ gpus: { use_percent: [60] }, gpuProblem: null })
})

test('a GPU that drops out keeps its place, and takes it again', () => {
  const { samples, feed } = reading()
  const row = (n: number, uuid: string, use: number) => `gpu ${n} ${uuid}, ${use}, 1, 1, 1`
  feed(1, ...block(1), fields(1), row(1, A, 1), row(1, B, 2), 'gpu-exit 1 0')
  feed(
    2,
    ...block(2),
    fields(2),
    'gpu 2 Unable to determine the device handle for GPU0000:01:00.0: Unknown Error',
    row(2, B, 3),
    'gpu-exit 2 15',
  )
  feed(3, ...block(3), fields(3), row(3, B, 4), row(3, A, 5), 'gpu-exit 3 0')
  expect(samples.map((sample) => sample.gpus?.use_percent)).toEqual([
    [1, 2],
    [null, 3],
    [5, 4],
  ])
  expect(samples.map((sample) => sample.gpuProblem !== null)).toEqual([false, true, false])
})

test('a disk that no longer answers is unknown after a minute', () => {
  const { samples, feed } = reading()
  const block = (n: number) => [`tick ${n}`, 'memory MemTotal: 2048', `end ${n}`]
  feed(1, 'gpu-none 1', 'disk 1 Filesystem 1024-blocks', 'disk 1 /dev/vda 2048 1024 1024 50% /', 'disk-exit 1 0', ...block(1))
  feed(50, 'gpu-none 2', 'disk-late 2 49', ...block(2))
  feed(70, 'gpu-none 3', 'disk-late 3 69', ...block(3))
  expect(samples.map((sample) => sample.diskFree_MiB)).toEqual([1, 1, null])
})

test('a block that was cut off is no sample', () => {
  const { samples, feed } = reading()
  feed(1, 'uptime 1', 'end 1', 'gpu-none 2', ...block(2).slice(0, 4), 'gpu-none 3', ...block(3))
  expect(samples).toHaveLength(1)
})

test('details are told as they come, errors of the kernel log by the GPU of their address', () => {
  const { details, feed } = reading()
  feed(
    100,
    'details 1 gpu fields uuid,pci.bus_id,power.limit',
    `details 1 gpu ${A}, 00000000:1B:00.0, 700.00`,
    'details 1 gpu-exit 0',
    'details 1 app-exit 0',
    'details-exit 1 0',
  )
  expect(details).toMatchObject([{ at: 100_000, gpus: [{ uuid: A, powerCap_W: 700, processes: [] }], xids: null }])
  feed(
    101,
    'xid 1 uptime 5000.00',
    "xid 1 [ 4990.500000] NVRM: Xid (PCI:0000:1b:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.",
    'xid-exit 1 0',
  )
  expect(details[1]?.xids).toEqual([{ at: 91_500, uuid: A, code: 79, text: 'GPU has fallen off the bus.' }])
  feed(160, 'xid-late 2 31', 'xid 3 uptime 1', 'xid-exit 3 1')
  expect(details[2]?.xids).toBeNull()
})

test('a word that is none of the script is let be', () => {
  const { samples, feed } = reading()
  feed(1, 'constructor 1 x', 'gpu-none 1', ...block(1))
  expect(samples).toHaveLength(1)
})
