import { expect, test } from 'vitest'
import type { MachineFacts } from '../../shared/machine.ts'
import type { MachineReport } from '../gpu/facts.ts'
import { findingsOf, gpuNames } from './findings.ts'

const H100 = { uuid: 'GPU-1', name: 'NVIDIA H100 80GB HBM3', memory_MiB: 81559 }
const FACTS: MachineFacts = {
  machineId: 'm',
  hostname: 'trainer',
  os: 'Debian GNU/Linux 12 (bookworm)',
  platform: 'linux',
  arch: 'x86_64',
  cpu: 'AMD EPYC 9654',
  cores: 192,
  memory_MiB: 774_144,
  diskTotal_MiB: 1_000_000,
  diskFree_MiB: 500_000,
  gpus: [],
  gpuProblem: null,
  python: '3.11.2',
}
const REPORT: MachineReport = {
  facts: FACTS,
  complete: true,
  root: false,
  home: '/home/ada',
  packageManager: 'apt-get',
  nvidiaSmi: false,
  nvidiaDevices: 0,
  processes: null,
  innerIp: null,
  clock_s: null,
}
/** The findings of a machine that differs so from a good one, without those that are in order. */
const notes = (facts: Partial<MachineFacts>, report: Partial<MachineReport> = {}) =>
  findingsOf({ ...REPORT, ...report, facts: { ...FACTS, ...facts } }).filter((finding) => finding.level !== 'ok')

test('a good machine: all in order, said with its numbers', () => {
  const found = findingsOf({ ...REPORT, facts: { ...FACTS, gpus: [H100, H100] } })
  expect(found.map((finding) => finding.what)).toEqual([
    'Debian GNU/Linux 12 (bookworm), x86_64',
    'AMD EPYC 9654, 192 cores',
    '756 GiB memory',
    '488 GiB free in the home folder',
    '2 × NVIDIA H100 80GB HBM3, 79.6 GiB each',
    'Python 3.11.2',
  ])
  expect(found.every((finding) => finding.level === 'ok')).toBe(true)
})

test('no GPU is a note with the way out, and hinders nothing', () => {
  expect(notes({})).toEqual([
    {
      level: 'note',
      what: 'No NVIDIA GPU here.',
      why: 'nvidia-smi is not installed.',
      wayOut: 'Clusters here work with the processor. If there is a GPU, install the NVIDIA driver and check again.',
      command: '',
    },
  ])
})

test('a GPU without a driver, or one that the driver does not see, is told apart from no GPU', () => {
  expect(notes({}, { nvidiaDevices: 1 })[0]).toMatchObject({ level: 'missing', what: 'There is an NVIDIA GPU, but no driver' })
  expect(notes({}, { nvidiaDevices: 1, nvidiaSmi: true })[0]?.what).toBe(
    'The NVIDIA driver does not see the GPU that is built in',
  )
})

test('a driver error is told in plain words, with its own beside', () => {
  const gpuProblem = 'Failed to initialize NVML: Driver/library version mismatch'
  expect(notes({ gpuProblem }, { nvidiaSmi: true })).toMatchObject([
    {
      level: 'problem',
      what: 'The NVIDIA driver was updated while the old one was loaded',
      why: `nvidia-smi says: ${gpuProblem}`,
      command: 'sudo reboot',
    },
  ])
})

test('kinds of GPUs are counted', () => {
  const t4 = { uuid: 'GPU-2', name: 'Tesla T4', memory_MiB: 15_360 }
  const odd = { uuid: 'GPU-3', name: 'NVIDIA GPU', memory_MiB: null }
  expect(gpuNames({ ...FACTS, gpus: [H100, t4, H100, odd] })).toBe(
    '2 × NVIDIA H100 80GB HBM3, 79.6 GiB each + Tesla T4, 15 GiB + NVIDIA GPU',
  )
})

test('without Python: the command of this system, with sudo unless root', () => {
  const command = (report: Partial<MachineReport>, facts: Partial<MachineFacts> = {}) =>
    notes({ python: null, ...facts }, report).find((finding) => finding.what === 'No Python 3')?.command
  expect(command({})).toBe('sudo apt-get install -y python3 python3-venv')
  expect(command({ root: true })).toBe('apt-get install -y python3 python3-venv')
  expect(command({ packageManager: 'dnf' })).toBe('sudo dnf install -y python3')
  expect(command({ packageManager: 'brew' }, { platform: 'darwin' })).toBe('brew install python3')
  expect(command({ packageManager: null }, { platform: 'darwin' })).toBe('xcode-select --install')
  expect(command({ packageManager: null })).toBe('')
})

test('a nearly full disk is a note, a full one blocks, as does no home folder', () => {
  const disk = (diskFree_MiB: number) => notes({ diskFree_MiB }).find((finding) => finding.what.includes('free in'))
  expect(disk(4_000)).toMatchObject({ level: 'note', why: 'The disk is nearly full. Logs and checkpoints need space.' })
  expect(disk(100)).toMatchObject({ level: 'problem', blocking: true })
  expect(notes({}, { home: null }).at(-1)).toMatchObject({ what: 'No home folder', blocking: true })
})

test('what could not be read is said to be unknown', () => {
  const unknown = notes({ cpu: null, cores: null, memory_MiB: null, diskFree_MiB: null, python: null }, { complete: false })
  expect(unknown.map((finding) => finding.what)).toEqual([
    'Processor unknown',
    'Memory unknown',
    'Disk unknown',
    'No NVIDIA GPU here.',
    'Python unknown',
    'Not everything could be looked at',
  ])
})
