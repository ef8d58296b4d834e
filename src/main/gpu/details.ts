import type { ClockReason, GpuDetails, GpuProcess } from '../../shared/machine.ts'
import { type GpuRow, MOST_MiB, readGpuRows, reading } from './nvidia-smi.ts'

/** The bits of NVML's clocks event reasons (nvml.h, nvmlClocksEventReason…). */
const REASONS: [bit: number, reason: ClockReason][] = [
  [0x1, 'idle'],
  [0x2, 'application-clocks'],
  [0x4, 'power-cap'],
  [0x8, 'hardware-slowdown'],
  [0x10, 'sync-boost'],
  [0x20, 'heat'],
  [0x40, 'hardware-heat'],
  [0x80, 'power-brake'],
  [0x100, 'display-clocks'],
]
const PROCESSES_MOST = 256

/** A GPU's details, and where it sits on the PCI bus: the name by which the kernel log knows it. */
export type LocatedGpu = { details: GpuDetails; bus: string | null }

/** The lines of a `details` shot of resources/node/sample.sh. Pure; never throws: what is not in the agreed form is unknown. */
export function parseDetails(lines: readonly string[]): LocatedGpu[] {
  const all = (kind: string) => lines.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length + 1))
  const { rows } = readGpuRows({ lines: all('gpu'), exit: 0 })
  const processes = parseProcesses(lines)
  const instances = readInstances(all('list'))
  return rows.map((row) => ({
    bus: pciAddress(row.cell('pci.bus_id')),
    details: {
      ...readRow(row),
      mig: row.cell('mig.mode.current') === 'Enabled' ? (instances.get(row.uuid) ?? []) : null,
      processes: processes?.filter(({ uuid }) => uuid === row.uuid).map(({ process }) => process) ?? null,
    },
  }))
}

/** What computes on each GPU, of the lines `app …`, `who …` and `app-exit …`. Pure. Null: nvidia-smi did not tell. */
export function parseProcesses(lines: readonly string[]): { uuid: string; process: GpuProcess }[] | null {
  const all = (kind: string) => lines.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length + 1))
  return all('app-exit')[0] === '0' ? readProcesses(all('app'), all('who')) : null
}

function readRow({ uuid, cell }: GpuRow): Omit<GpuDetails, 'mig' | 'processes'> {
  const clock = (field: string) => reading(cell(field), 0, 20_000)
  const errors = (kind: string) => reading(cell(`ecc.errors.${kind}.volatile.total`), 0, 1e12)
  return {
    uuid,
    powerCap_W: reading(cell('power.limit'), 1, 10_000),
    smClock_MHz: clock('clocks.sm'),
    smClockMost_MHz: clock('clocks.max.sm'),
    memoryClock_MHz: clock('clocks.mem'),
    memoryClockMost_MHz: clock('clocks.max.mem'),
    eccCorrected: errors('corrected'),
    eccUncorrected: errors('uncorrected'),
    clockReasons: reasons(cell('clocks_event_reasons.active') || cell('clocks_throttle_reasons.active')),
  }
}

function reasons(cell: string): ClockReason[] | null {
  if (!/^0x[0-9a-f]{1,16}$/i.test(cell)) return null
  const bits = Number(cell)
  return REASONS.filter(([bit]) => bits % (bit * 2) >= bit).map(([, reason]) => reason)
}

/** With MIG the row of a process carries the UUID of the whole GPU. A name may hold commas. */
function readProcesses(apps: string[], who: string[]): { uuid: string; process: GpuProcess }[] {
  const owners = new Map(who.map((line) => ownerOf(line)))
  return apps.slice(0, PROCESSES_MOST).flatMap((line) => {
    const [, uuid, pid, name, memory] = /^(GPU-[0-9a-f-]{36}), *(\d{1,10}), *(.*), *([^,]*)$/i.exec(line.trim()) ?? []
    if (uuid === undefined || pid === undefined || Number(pid) === 0) return []
    // A name that it cannot read is of a process outside of this container: whoever has that number here is somebody else.
    const owner = name === undefined || /^\[.*\]$/.test(name) ? undefined : owners.get(pid)
    const command = owner?.command || (name && !/^\[.*\]$|^-$/.test(name) ? name : null)
    return [
      { uuid, process: { pid: Number(pid), user: owner?.user ?? null, command, memory_MiB: reading(memory ?? '', 0, MOST_MiB) } },
    ]
  })
}

/** `PID USER UID COMMAND…`; stat says UNKNOWN for a user without a name. */
function ownerOf(line: string): [string, { user: string | null; command: string }] {
  const [, pid = '', user, uid, command = ''] = /^(\d+) (\S+) (\d+) (.*)$/.exec(line) ?? []
  return [pid, { user: user === 'UNKNOWN' ? `uid ${uid}` : (user ?? null), command: command.trim() }]
}

/** The profiles of the MIG instances below each GPU, of `nvidia-smi -L`. */
function readInstances(lines: string[]): Map<string, string[]> {
  const instances = new Map<string, string[]>()
  let last: string[] = []
  for (const line of lines) {
    const uuid = /^GPU \d+: .*\(UUID: (GPU-[0-9a-f-]{36})\)$/i.exec(line.trim())?.[1]
    if (uuid) {
      last = []
      instances.set(uuid, last)
    }
    const profile = /^\s+MIG (\S{1,40})\s+Device\s+\d+:/.exec(line)?.[1]
    if (profile) last.push(profile)
  }
  return instances
}

/** `0000:1b:00` of a domain with four or eight digits, with or without its function: as one name. Null when it is none. */
export function pciAddress(text: string): string | null {
  const [, domain, rest] = /^([0-9a-f]{4,8}):([0-9a-f]{2}:[0-9a-f]{2})(?:\.[0-9a-f])?$/i.exec(text) ?? []
  return domain && rest ? `${domain.slice(-4)}:${rest}`.toLowerCase() : null
}
