import type { ClockReason, GpuFacts, MachineDetails, MachineSample } from '../../shared/machine.ts'
import type { NoteKind } from '../../shared/note.ts'
import type { NoteSettings } from '../../shared/settings.ts'

/** What is known of a machine at a moment. */
export type Seen = {
  at: number
  /** The newest; null: none yet. */
  sample: MachineSample | null
  details: MachineDetails | null
  /** In the order of the sample's columns. */
  gpus: readonly Pick<GpuFacts, 'uuid' | 'memory_MiB'>[]
  /** A cluster that is ready is on it. */
  ready: boolean
}

/**
 * One thing that may need the user: whether it is so now (`over`), is not (`clear`), or can be either, because it lies between the two
 * thresholds or is not known (`keep`: what held goes on holding).
 */
export type Sign = {
  kind: NoteKind
  /** Its GPU by index; null: the machine. */
  gpu: number | null
  is: 'over' | 'keep' | 'clear'
  /** It must have been so for so long, ms. */
  after_ms: number
  /** The number or the words that tell of it; null where nothing is known. */
  value: number | string | null
}

/** Below this a GPU does nothing; from `busy` on it works. Percent. */
const IDLE = { below: 4, busy: 10 }
/** A sample, or details, older than this tell nothing of now. */
const SAMPLE_OLD_MS = 30_000
const DETAILS_OLD_MS = 150_000
/** So much below its threshold a reading must fall before it is well again. */
const MARGIN = { hot_C: 5, gpuMemory_percent: 5, memory_percent: 5, disk_percent: 2 }
/** What a moment's peak must outlive. */
const STEADY_MS = { hot: 30_000, full: 60_000 }
const MINUTE = 60_000

const SLOWED: readonly ClockReason[] = ['heat', 'hardware-heat', 'power-brake', 'hardware-slowdown']

/** What the readings of a machine say by these thresholds. What is switched off has no sign. Pure. */
export function signsOf(seen: Seen, settings: NoteSettings): Sign[] {
  const { at, sample } = seen
  const fresh = sample && sample.problem === null && at - sample.at < SAMPLE_OLD_MS ? sample : null
  const details = seen.details && at - seen.details.at < DETAILS_OLD_MS ? seen.details : null
  const signs: (Sign | null)[] = [
    above(
      'memory',
      null,
      share(fresh?.memoryUsed_MiB, fresh?.memoryTotal_MiB),
      settings.memory_percent,
      MARGIN.memory_percent,
      STEADY_MS.full,
    ),
    above('disk', null, diskShare(fresh), settings.disk_percent, MARGIN.disk_percent, STEADY_MS.full),
    silent(seen, settings.silent_s),
    xid(details, at, settings.xid_min),
    unreadable(fresh, settings.lost_s),
  ]
  for (const [gpu, { uuid, memory_MiB }] of seen.gpus.entries()) {
    const of = fresh?.gpus
    const detail = details?.gpus.find((one) => one.uuid === uuid)
    signs.push(
      seen.ready ? idle(gpu, of?.use_percent[gpu] ?? null, settings.idle_min) : null,
      above('hot', gpu, of?.temperature_C[gpu] ?? null, settings.hot_C, MARGIN.hot_C, STEADY_MS.hot),
      above(
        'gpu-memory',
        gpu,
        share(of?.memoryUsed_MiB[gpu], memory_MiB),
        settings.gpuMemory_percent,
        MARGIN.gpuMemory_percent,
        STEADY_MS.full,
      ),
      slowed(gpu, detail?.clockReasons ?? null, settings.throttled_s),
      above('ecc', gpu, detail?.eccUncorrected ?? null, settings.ecc_errors, 0, 0),
      lost(gpu, fresh, settings.lost_s),
    )
  }
  return signs.filter((sign) => sign !== null)
}

function above(
  kind: NoteKind,
  gpu: number | null,
  value: number | null,
  limit: number | null,
  margin: number,
  after_ms: number,
): Sign | null {
  if (limit === null) return null
  const is = value === null ? 'keep' : value >= limit ? 'over' : value >= limit - margin ? 'keep' : 'clear'
  return { kind, gpu, is: margin === 0 && is === 'keep' && value !== null ? 'clear' : is, after_ms, value }
}

function idle(gpu: number, use: number | null, limit_min: number | null): Sign | null {
  if (limit_min === null) return null
  const is = use === null ? 'keep' : use < IDLE.below ? 'over' : use < IDLE.busy ? 'keep' : 'clear'
  return { kind: 'idle', gpu, is, after_ms: limit_min * MINUTE, value: limit_min }
}

function slowed(gpu: number, reasons: ClockReason[] | null, limit_s: number | null): Sign | null {
  if (limit_s === null) return null
  const [first] = SLOWED.filter((reason) => reasons?.includes(reason))
  const is = reasons === null ? 'keep' : first ? 'over' : 'clear'
  return { kind: 'throttled', gpu, is, after_ms: limit_s * 1000, value: first ?? null }
}

/** One of several GPUs that says nothing at all. */
function lost(gpu: number, sample: MachineSample | null, limit_s: number | null): Sign | null {
  if (limit_s === null) return null
  const columns = sample?.gpus ? Object.values(sample.gpus) : []
  const silent = columns.every((column) => (column[gpu] ?? null) === null)
  const others = columns.some((column) => column.some((value) => value !== null))
  const is = !others ? 'keep' : silent ? 'over' : 'clear'
  return { kind: 'gpu-lost', gpu, is, after_ms: limit_s * 1000, value: sample?.gpuProblem ?? null }
}

/** nvidia-smi as a whole: it is there, and tells of no GPU. */
function unreadable(sample: MachineSample | null, limit_s: number | null): Sign | null {
  if (limit_s === null) return null
  const known = Object.values(sample?.gpus ?? {}).some((column) => column.some((value) => value !== null))
  const is = sample === null ? 'keep' : sample.gpuProblem !== null && !known ? 'over' : 'clear'
  return { kind: 'gpu-lost', gpu: null, is, after_ms: limit_s * 1000, value: sample?.gpuProblem ?? null }
}

function xid(details: MachineDetails | null, at: number, limit_min: number | null): Sign | null {
  if (limit_min === null) return null
  const last = details?.xids?.filter((one) => at - one.at < limit_min * MINUTE).at(-1)
  const gpu = details?.gpus.findIndex(({ uuid }) => uuid === last?.uuid) ?? -1
  const value = last ? `${last.code} ${gpu < 0 ? '-' : gpu} ${last.text}` : null
  return { kind: 'xid', gpu: null, is: details === null ? 'keep' : last ? 'over' : 'clear', after_ms: 0, value }
}

function silent({ at, sample }: Seen, limit_s: number | null): Sign | null {
  if (limit_s === null) return null
  const answers = sample !== null && sample.problem === null && at - sample.at < SAMPLE_OLD_MS
  return { kind: 'silent', gpu: null, is: answers ? 'clear' : 'over', after_ms: limit_s * 1000, value: sample?.problem ?? null }
}

const share = (part: number | null | undefined, whole: number | null | undefined): number | null =>
  part == null || !whole ? null : (part / whole) * 100

const diskShare = (sample: MachineSample | null): number | null =>
  sample?.diskUsed_MiB == null || sample.diskFree_MiB === null
    ? null
    : share(sample.diskUsed_MiB, sample.diskUsed_MiB + sample.diskFree_MiB)
