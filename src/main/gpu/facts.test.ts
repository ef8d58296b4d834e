import fc from 'fast-check'
import { expect, test } from 'vitest'
import { machineFacts } from '../../shared/machine.ts'
import { parseDisk, parseFacts } from './facts.ts'

const LINUX = `styx-facts 1
system Linux
kernel 6.1.0
arch x86_64
hostname trainer
uid 1000
home /home/ada
os-release PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
os-release ID=debian
cpu AMD EPYC 9654 96-Core Processor
cores 192
memory-kB 792723456
memory-limit max
memory-limit 9223372036854771712
machine-id 0123456789abcdef0123456789abcdef
nvidia-devices 1
disk-kB /dev/nvme0n1p2 1055762868 13510272 998000000      2% /home
python Python 3.11.2
package-manager apt-get
nvidia-smi
gpu GPU-000000a0-1c2d-4e5f-8a9b-0c1d2e3f4a5b, NVIDIA L4, 23034
gpu-exit 0
end
`

test('a Linux machine', () => {
  const report = parseFacts(LINUX)
  expect(report).toMatchObject({ complete: true, root: false, home: '/home/ada', packageManager: 'apt-get', nvidiaDevices: 1 })
  expect(machineFacts.parse(report.facts)).toEqual({
    machineId: expect.stringMatching(/^[0-9a-f]{32}$/),
    hostname: 'trainer',
    os: 'Debian GNU/Linux 12 (bookworm)',
    platform: 'linux',
    arch: 'x86_64',
    cpu: 'AMD EPYC 9654 96-Core Processor',
    cores: 192,
    memory_MiB: 774144,
    diskTotal_MiB: 1031018,
    diskFree_MiB: 974609,
    gpus: [{ uuid: 'GPU-000000a0-1c2d-4e5f-8a9b-0c1d2e3f4a5b', name: 'NVIDIA L4', memory_MiB: 23034 }],
    gpuProblem: null,
    python: '3.11.2',
  })
  expect(report.facts.machineId).not.toContain('0123456789abcdef0123456789abcdef')
})

test("a container's limit counts where it is lower", () => {
  expect(parseFacts(LINUX.replace('memory-limit max', 'memory-limit 8589934592')).facts.memory_MiB).toBe(8192)
})

test('a macOS machine', () => {
  const report = parseFacts(
    'styx-facts 1\nsystem Darwin\nkernel 25.1.0\narch arm64\nhostname mac.local\nuid 501\nhome /Users/ada\nos-version macOS 26.1\n' +
      'cpu Apple M4 Pro\ncores 14\nmemory-bytes 51539607552\nmachine-id AAAA-BBBB\n' +
      'disk-kB map auto home 971350180 412000000 559000000 43% /System/Volumes/My Data\nend\n',
  )
  expect(report.facts).toMatchObject({
    platform: 'darwin',
    os: 'macOS 26.1',
    cores: 14,
    memory_MiB: 49152,
    diskTotal_MiB: 948584,
    python: null,
  })
})

test('what was not told is unknown', () => {
  const { facts } = parseFacts('styx-facts 1\nsystem FreeBSD\nhostname b\nkernel 14\nend\n')
  expect(facts).toMatchObject({
    platform: 'other',
    os: 'FreeBSD 14',
    cpu: null,
    cores: null,
    memory_MiB: null,
    diskFree_MiB: null,
    gpus: [],
    gpuProblem: null,
  })
})

test('a hanging nvidia-smi costs only the GPUs', () => {
  const { facts, complete } = parseFacts(LINUX.slice(0, LINUX.indexOf('gpu GPU')))
  expect(complete).toBe(false)
  expect(facts).toMatchObject({ cores: 192, gpus: [], gpuProblem: 'nvidia-smi did not answer in time.' })
})

test('a probe cut off before it could ask nvidia-smi does not claim that there is none', () => {
  expect(parseFacts(LINUX.slice(0, LINUX.indexOf('python'))).facts.gpuProblem).not.toBeNull()
})

test('what a start-up file prints before is passed over; something else altogether is an error', () => {
  expect(parseFacts(`Welcome!\n${LINUX}`).facts.hostname).toBe('trainer')
  expect(() => parseFacts('sh: 1: Syntax error')).toThrow('did not say what it is')
})

test('two machines of one image are two, one asked twice is one', () => {
  const id = (text: string) => parseFacts(text).facts.machineId
  expect(id(LINUX)).toBe(id(LINUX))
  expect(id(LINUX.replace('hostname trainer', 'hostname other'))).not.toBe(id(LINUX))
})

test('df: reserved space in use is no negative space; a pseudo file system tells nothing', () => {
  expect(parseDisk('/dev/sda1 1024000 1024000 -2048 100% /')).toEqual({ total_MiB: 1000, used_MiB: 1000, free_MiB: 0 })
  expect(parseDisk('proc 0 0 0 - /proc')).toBeNull()
  expect(parseDisk('df: /home: Stale file handle')).toBeNull()
})

test('property: any text is facts of our shape or our error', () => {
  const lines = LINUX.split('\n')
  const key = fc.constantFrom(...new Set(lines.map((line) => line.split(' ')[0]!)))
  const line = fc.oneof(
    fc.string(),
    fc.tuple(key, fc.oneof(fc.string(), fc.bigInt().map(String))).map(([a, b]) => `${a} ${b}`),
    fc.constantFrom(...lines),
  )
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), (more) => {
      const report = parseFacts(['styx-facts 1', 'system Linux', 'hostname h', ...more].join('\n'))
      machineFacts.parse(report.facts)
    }),
  )
})
