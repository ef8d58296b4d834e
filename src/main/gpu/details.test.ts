import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gpuDetails } from '../../shared/machine.ts'
import { parseDetails, pciAddress } from './details.ts'
import { parseXids } from './xids.ts'

const STAND_IN = join(import.meta.dirname, '../../../e2e/substrate/nvidia-smi')
const FIELDS =
  'uuid,pci.bus_id,power.limit,clocks.sm,clocks.max.sm,clocks.mem,clocks.max.mem,ecc.errors.corrected.volatile.total,ecc.errors.uncorrected.volatile.total,clocks_event_reasons.active,mig.mode.current'
const APPS = 'gpu_uuid,pid,process_name,used_memory'
const uuid = (n: string) => `GPU-000000${n}-1c2d-4e5f-8a9b-0c1d2e3f4a5b`

/** What resources/node/sample.sh would have said from a capture. */
async function details(capture: string, who: string[] = []) {
  const env = { ...process.env, NVIDIA_SMI_CAPTURE: join(STAND_IN, 'captures', capture) }
  const ask = async (kind: string, ...args: string[]) => {
    const said = await promisify(execFile)(join(STAND_IN, 'nvidia-smi'), args, { env }).catch((error) => error)
    return said.stdout
      .split('\n')
      .filter(Boolean)
      .map((line: string) => `${kind} ${line}`)
  }
  const csv = '--format=csv,noheader,nounits'
  const rows = await ask('gpu', `--query-gpu=${FIELDS}`, csv)
  const apps = await ask('app', `--query-compute-apps=${APPS}`, csv)
  return parseDetails([
    `gpu fields ${FIELDS}`,
    ...rows,
    ...apps,
    'app-exit 0',
    ...who.map((line) => `who ${line}`),
    ...(await ask('list', '-L')),
  ])
}
const numbers = (text: string) => new Set(text.split(/[^0-9.x-]+/).map(Number))

test('eight GPUs: caps, clocks, ECC, why clocks are low, and who computes', async () => {
  const gpus = await details('eight-h100', [
    '4100 alice 1000 python3 train.py --lr 1,2',
    '4101 UNKNOWN 1234 ',
    '4200 bob 1001 sshd',
  ])
  expect(gpus[0]).toEqual({
    bus: '0000:1b:00',
    details: {
      uuid: uuid('a0'),
      powerCap_W: 700,
      smClock_MHz: 1755,
      smClockMost_MHz: 1980,
      memoryClock_MHz: 2619,
      memoryClockMost_MHz: 2619,
      eccCorrected: 0,
      eccUncorrected: 0,
      clockReasons: ['power-cap'],
      mig: null,
      processes: [{ pid: 4100, user: 'alice', command: 'python3 train.py --lr 1,2', memory_MiB: 70208 }],
    },
  })
  expect(gpus[1]?.details.processes).toMatchObject([{ user: 'uid 1234', command: '/opt/conda/bin/python3.11' }])
  expect(gpus[4]?.details).toMatchObject({ clockReasons: ['idle'], processes: [] })
  // Another container's: whoever has that pid here is somebody else.
  expect(gpus[6]?.details).toMatchObject({ eccCorrected: 12, processes: [{ pid: 4200, user: null, command: null }] })
  expect(gpus[7]?.details.clockReasons).toEqual(['heat', 'hardware-heat'])
  expect(gpus[7]?.details.processes).toMatchObject([{ command: 'ray::IDLE, worker', memory_MiB: 80998 }])
})

test('MIG: its instances, and their processes on the whole GPU', async () => {
  const [cut, whole] = await details('mig')
  expect(cut?.details).toMatchObject({
    mig: ['3g.40gb', '2g.20gb'],
    clockReasons: null,
    processes: [
      { pid: 5100, memory_MiB: null },
      { pid: 5101, memory_MiB: null },
    ],
  })
  expect(whole?.details).toMatchObject({
    mig: null,
    eccUncorrected: 2,
    clockReasons: [],
    processes: [{ pid: 5200, memory_MiB: 996 }],
  })
})

test('what a GPU cannot tell, or tells wrongly, is unknown', async () => {
  const nothing = { powerCap_W: null, smClock_MHz: null, eccCorrected: null, eccUncorrected: null, clockReasons: null, mig: null }
  expect((await details('unsupported')).map((gpu) => gpu.details)).toMatchObject([{ ...nothing, smClock_MHz: 954 }, nothing])
  const [lying] = await details('lying')
  expect(lying?.details).toMatchObject({ ...nothing, processes: [] })
  expect((await details('mismatch')).length + (await details('no-devices')).length).toBe(0)
})

test('processes that could not be asked for are unknown, not none', () => {
  const lines = ['gpu fields uuid', `gpu ${uuid('a0')}`, 'app Failed to initialize NVML', 'app-exit 18']
  expect(parseDetails(lines)[0]?.details.processes).toBeNull()
})

test('PCI addresses of either width are one', () => {
  expect(['00000000:1B:00.0', '0000:1b:00', '0000:1B:00.0'].map(pciAddress)).toEqual(Array(3).fill('0000:1b:00'))
  expect(['', '1B:00.0', '[N/A]'].map(pciAddress)).toEqual([null, null, null])
})

test('errors of the kernel log: by dmesg and by journalctl, of the last day', () => {
  const at = 1_000_000_000
  const xids = parseXids(
    [
      'uptime 100000.0',
      '[  100.000000] NVRM: Xid (PCI:0000:1b:00): 63, too old',
      '[ 99000.500000] NVRM: Xid (PCI:0000:1b:00): 31, pid=77, name=python3, Ch 00000008, MMU Fault',
      'Nov 25 host kernel: NVRM: Xid (PCI:0000:1b:00): 79, without a time of the boot',
      '[ 99999.000000] gpu-01 kernel: NVRM: Xid (0000:43:00): 79, GPU has fallen off the bus.',
    ],
    at,
    new Map([['0000:1b:00', uuid('a0')]]),
  )
  expect(xids).toEqual([
    { at: at - 999_500, uuid: uuid('a0'), code: 31, text: 'Ch 00000008, MMU Fault' },
    { at: at - 1000, uuid: null, code: 79, text: 'GPU has fallen off the bus.' },
  ])
  expect(parseXids(['[ 1.0] NVRM: Xid (PCI:0000:1b:00): 79, x'], at, new Map())).toEqual([])
})

test('property: any lines are details of our shape, and every number was printed', () => {
  const cell = fc.oneof(
    fc.string(),
    fc.integer().map(String),
    fc.constantFrom('[N/A]', 'Enabled', '0x7', '0xffffffffffffffff', uuid('a0'), '0000:01:00.0'),
  )
  const kind = fc.constantFrom('gpu', 'app', 'who', 'list', 'app-exit', '')
  const any = fc.tuple(kind, fc.array(cell, { maxLength: 12 })).map(([name, cells]) => `${name} ${cells.join(', ')}`)
  const row = fc.array(cell, { minLength: 10, maxLength: 10 }).map((cells) => `gpu ${[uuid('a0'), ...cells].join(', ')}`)
  fc.assert(
    fc.property(fc.array(fc.oneof(any, row)), (lines) => {
      const printed = numbers(lines.join('\n'))
      for (const { details } of parseDetails([`gpu fields ${FIELDS}`, ...lines])) {
        gpuDetails.parse(details)
        for (const value of Object.values(details)) if (typeof value === 'number') expect(printed.has(value)).toBe(true)
      }
    }),
  )
})
