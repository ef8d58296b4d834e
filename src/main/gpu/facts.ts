import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { StyxError } from '../../shared/error.ts'
import type { GpuProcess, MachineFacts } from '../../shared/machine.ts'
import { parseProcesses } from './details.ts'
import { parseGpuFacts } from './nvidia-smi.ts'

/** What resources/node/facts.sh told: the facts, and what a check says more about. */
export type MachineReport = {
  facts: MachineFacts
  /** False: the script was ended before it had told all. */
  complete: boolean
  root: boolean
  /** The environment's HOME; null when it is not set. */
  home: string | null
  /** The first of those it knows, e.g. "apt-get"; null when there is none. */
  packageManager: string | null
  nvidiaSmi: boolean
  /** NVIDIA's display devices on the PCI bus, driver or not; null when that cannot be seen. */
  nvidiaDevices: number | null
  /** What computes on its GPUs now; null: unknown, or not asked. */
  processes: { uuid: string; process: GpuProcess }[] | null
  /** The address at which it was reached, as it knows itself; null where it was not reached over a network. */
  innerIp: string | null
  /** Its clock when it began and when it ended to answer, epoch s. */
  clock_s: [number, number] | null
}

/**
 * Reads the output of resources/node/facts.sh. Pure. What a line does not tell in the agreed form is unknown (null).
 * @throws StyxError `facts.unreadable` when it is not that script's output at all.
 */
export function parseFacts(output: string): MachineReport {
  const lines = output.split('\n')
  const begin = lines.indexOf('styx-facts 1')
  if (begin < 0) throw unreadable(output)
  const said = lines.slice(begin + 1).map((line) => {
    const space = line.indexOf(' ')
    return space < 0 ? { key: line.trim(), value: '' } : { key: line.slice(0, space), value: line.slice(space + 1).trim() }
  })
  const all = (key: string) => said.filter((line) => line.key === key).map((line) => line.value)
  const one = (key: string) => all(key)[0] || null
  const number = (key: string) => whole(one(key))

  const system = one('system')
  const hostname = one('hostname')
  if (system === null || hostname === null) throw unreadable(output)
  const complete = said.some((line) => line.key === 'end')
  const nvidiaSmi = said.some((line) => line.key === 'nvidia-smi')
  const disk = parseDisk(one('disk-kB'))
  return {
    complete,
    root: one('uid') === '0',
    home: one('home'),
    packageManager: one('package-manager'),
    nvidiaSmi,
    nvidiaDevices: number('nvidia-devices'),
    processes: parseProcesses(lines.slice(begin + 1)),
    innerIp: addressOf(one('ssh-connection')),
    clock_s: complete ? clockOf(all('clock')) : null,
    facts: {
      machineId: machineIdOf(one('machine-id'), hostname),
      hostname,
      os: osName(all('os-release')) ?? one('os-version') ?? [system, one('kernel')].filter(Boolean).join(' '),
      platform: system === 'Linux' ? 'linux' : system === 'Darwin' ? 'darwin' : 'other',
      arch: one('arch') ?? '',
      cpu: one('cpu'),
      cores: number('cores'),
      memory_MiB: memory(number('memory-kB'), number('memory-bytes'), all('memory-limit').map(whole)),
      diskTotal_MiB: disk?.total_MiB ?? null,
      diskFree_MiB: disk?.free_MiB ?? null,
      ...gpus(nvidiaSmi, complete, all('gpu'), number('gpu-exit')),
      python: /^Python (\d+\.\d+\.\d+\S*)$/.exec(one('python') ?? '')?.[1] ?? null,
    },
  }
}

/** The last line of `df -Pk`; names on either side of the numbers may hold spaces. Null when it is none. */
export function parseDisk(line: string | null): { total_MiB: number; used_MiB: number; free_MiB: number } | null {
  const [, total, used, free] = /\s(\d+)\s+(\d+)\s+(-?\d+)\s+(?:\d+%|-)\s/.exec(line ?? '') ?? []
  if (total === undefined || used === undefined || free === undefined) return null
  const [total_MiB, used_MiB, free_MiB] = [total, used, free].map((kB) => Math.round(Number(kB) / 1024)) as [
    number,
    number,
    number,
  ]
  if (!Number.isSafeInteger(total_MiB) || Number(total) === 0) return null // pseudo file systems say 0
  return { total_MiB, used_MiB, free_MiB: Math.max(0, free_MiB) } // negative: root's reserve is in use
}

/** Of `SSH_CONNECTION`: client, its port, server, its port. */
function addressOf(connection: string | null): string | null {
  const [, address] = /^\S+ \d+ (\S+) \d+$/.exec(connection ?? '') ?? []
  return address !== undefined && isIP(address) !== 0 ? address : null
}

function clockOf(said: string[]): [number, number] | null {
  const [begin, end] = said.map(whole)
  return typeof begin === 'number' && typeof end === 'number' ? [begin, end] : null
}

function gpus(asked: boolean, complete: boolean, rows: string[], exit: number | null): Pick<MachineFacts, 'gpus' | 'gpuProblem'> {
  if (!asked) return { gpus: [], gpuProblem: complete ? null : 'The probe was ended before it could ask nvidia-smi.' }
  if (!complete && exit === null) return { gpus: [], gpuProblem: 'nvidia-smi did not answer in time.' }
  const { gpus, problem } = parseGpuFacts({ lines: rows, exit })
  return { gpus, gpuProblem: problem }
}

/** The least of what is built in and what the cgroups allow (a container's limit; none is "max" or 2^63). */
function memory(kB: number | null, bytes: number | null, limits_bytes: (number | null)[]): number | null {
  const built = kB !== null ? kB * 1024 : bytes
  if (built === null) return null
  const limits = limits_bytes.filter((limit) => limit !== null && limit > 0) as number[]
  return Math.round(Math.min(built, ...limits) / 1024 / 1024)
}

/**
 * Hashed with the host name: systemd asks not to show the machine id itself, and machines cloned from one image often share it,
 * as two containers of one image do.
 */
export function machineIdOf(machineId: string | null, hostname: string): string {
  return createHash('sha256')
    .update(`${machineId ?? ''}\n${hostname}`)
    .digest('hex')
    .slice(0, 32)
}

/** PRETTY_NAME of os-release(5), whose values are quoted as in a shell. */
function osName(lines: string[]): string | null {
  const value = lines.find((line) => line.startsWith('PRETTY_NAME='))?.slice('PRETTY_NAME='.length)
  if (!value) return null
  const quoted = /^(["'])(.*)\1$/.exec(value)
  return (quoted ? quoted[2]! : value).replaceAll(/\\(["'$`\\])/g, '$1') || null
}

function whole(text: string | null): number | null {
  const value = text !== null && /^\d+$/.test(text) ? Number(text) : null
  return Number.isSafeInteger(value) ? value : null
}

const unreadable = (output: string) =>
  new StyxError({
    code: 'facts.unreadable',
    what: 'The machine did not say what it is',
    why: 'What its shell printed is not the answer of the probe.',
    suggestion: 'Look at the raw text: often a start-up file of the shell prints or fails. Then check again.',
    detail: output.slice(0, 4000),
    retryable: true,
  })
