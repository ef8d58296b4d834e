import { setImmediate as breathe } from 'node:timers/promises'
import type { PackedHistory } from '../../shared/history.ts'
import type { MachineSample } from '../../shared/machine.ts'
import { packColumns } from '../../shared/packed-columns.ts'
import type { HistoryRecords } from '../storage/history-records.ts'
import { followTopic } from '../topics.ts'
import { type Chunk, packChunk, readingsOf, resample } from './history-chunk.ts'
import type { Sampler } from './sampler.ts'

/** What machines did, kept for 30 days. */
export type History = {
  read(span: { machineId: string; from: number; to: number; steps: number }): Promise<PackedHistory>
  /** Writes what is not written yet, and ends. */
  close(): void
}

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** From fine to thin: the step, how much one row holds, and how long it is kept before it becomes a part of the next level. */
export const LEVELS = [
  { step_ms: 10 * SECOND, row_ms: MINUTE, keep_ms: 20 * MINUTE },
  { step_ms: MINUTE, row_ms: HOUR, keep_ms: 7 * HOUR },
  { step_ms: 15 * MINUTE, row_ms: DAY, keep_ms: 31 * DAY },
] as const
const [FINE] = LEVELS
/** In the background a machine is read every 10 s and a little: a step that was skipped so is no gap. */
const NEAR_MS = 25 * SECOND
/** Each takes a millisecond or two, with a breath after it. A machine needs one an hour. */
const SLICES_A_MINUTE = 60
/** Of a machine, while the disk refuses: an hour. */
const UNWRITTEN_MOST = HOUR / FINE.step_ms

/** The step that is being lived: the sum of its readings, and how many they are. */
type Open = { start: number; at: number; gpus: readonly string[]; sums: number[]; counts: number[] }
/** What of a machine is not written yet: chunks of one step, and the step that is being lived. */
type Unwritten = { steps: Chunk[]; open: Open | null }

/** Keeps what the sampler reads until the signal aborts; `close` comes after that. */
export function createHistory(deps: {
  records: HistoryRecords
  sampler: Pick<Sampler, 'samples' | 'gpus'>
  signal: AbortSignal
}): History {
  const { records, sampler, signal } = deps
  const machines = new Map<string, Unwritten>()
  void followTopic(sampler.samples, signal, { message: (sample) => record(machines, sampler.gpus(sample.machineId), sample) })
  let timer: NodeJS.Timeout
  const everyMinute = () => {
    timer = setTimeout(() => void keep().finally(() => signal.aborted || everyMinute()), MINUTE - (Date.now() % MINUTE)).unref()
  }
  everyMinute()
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true })

  async function keep(): Promise<void> {
    try {
      writeDown(records, machines, floor(Date.now(), MINUTE))
      for (let slice = 0; slice < SLICES_A_MINUTE && !signal.aborted && thinOne(records, Date.now()); slice++) await breathe()
    } catch {
      // A full disk. What is not written is tried again in a minute, and let go once it is too much.
      for (const machine of machines.values()) machine.steps = machine.steps.slice(-UNWRITTEN_MOST)
    }
  }

  return {
    read: async (span) => {
      await breathe() // who asks for many machines at once gets the first while the next is read
      return readHistory(records, machines.get(span.machineId), span, Date.now())
    },
    close: () => {
      try {
        writeDown(records, machines, Number.POSITIVE_INFINITY)
      } catch {
        // The minute is lost with the disk.
      }
      records.close()
    },
  }
}

/** Adds a sample to its step. `gpus`: its GPUs by UUID, in the order of its columns. */
export function record(machines: Map<string, Unwritten>, gpus: readonly string[], sample: MachineSample): void {
  if (sample.problem !== null) return
  const machine = machines.get(sample.machineId) ?? { steps: [], open: null }
  machines.set(sample.machineId, machine)
  const start = floor(sample.at, FINE.step_ms)
  const readings = readingsOf(sample, gpus.length)
  const before = machine.open
  if (!before || before.start !== start || before.gpus.length !== gpus.length) {
    if (before) machine.steps.push(closed(before))
    // The later one stands for the step that was skipped between two that are near.
    if (before && start - before.start === 2 * FINE.step_ms && sample.at - before.at < NEAR_MS)
      machine.steps.push(
        packChunk(
          start - FINE.step_ms,
          FINE.step_ms,
          before.gpus.length === gpus.length ? before.gpus : gpus,
          readings.map((one) => [one]),
        ),
      )
    machine.open = { start, at: sample.at, gpus: [...gpus], sums: readings.map(() => 0), counts: readings.map(() => 0) }
  }
  const open = machine.open!
  open.at = sample.at
  for (const [column, value] of readings.entries())
    if (value !== null) {
      open.sums[column]! += value
      open.counts[column]! += 1
    }
}

const closed = ({ start, gpus, sums, counts }: Open): Chunk =>
  packChunk(
    start,
    FINE.step_ms,
    gpus,
    sums.map((sum, column) => [counts[column] === 0 ? null : sum / counts[column]!]),
  )

/** Writes the minutes that ended before `before`, all in one transaction. A minute that is there already, from before a restart, is joined. */
function writeDown(records: HistoryRecords, machines: Map<string, Unwritten>, before: number): void {
  const written: [Unwritten, Chunk[]][] = []
  const rows = [...machines].flatMap(([machineId, machine]) => {
    if (machine.open && machine.open.start < before) {
      machine.steps.push(closed(machine.open))
      machine.open = null
    }
    const done = machine.steps.filter(({ start }) => start < before)
    if (done.length > 0) written.push([machine, done])
    const minutes = new Set(done.map(({ start }) => floor(start, FINE.row_ms)))
    return [...minutes].map((start) => {
      const there = records.read(machineId, 0, start, start + 1).map((row) => ({ ...row, step_ms: FINE.step_ms }))
      return rowOf(machineId, 0, start, [...there, ...done.filter((step) => floor(step.start, FINE.row_ms) === start)])
    })
  })
  if (rows.length > 0) records.write(rows)
  for (const [machine, done] of written) machine.steps = machine.steps.filter((step) => !done.includes(step))
  for (const [machineId, { steps, open }] of machines) if (steps.length === 0 && open === null) machines.delete(machineId)
}

function rowOf(machineId: string, level: number, start: number, chunks: Chunk[]) {
  const { step_ms, row_ms } = LEVELS[level]!
  const { gpus, columns } = resample(chunks, { start, step_ms, steps: row_ms / step_ms })
  return { machineId, level, ...packChunk(start, step_ms, gpus, columns) }
}

/** Makes one row of the next level out of the oldest rows of a level that are old enough, or lets go what is older than all levels. False: nothing is. */
export function thinOne(records: HistoryRecords, now: number): boolean {
  for (const [level, { keep_ms }] of LEVELS.entries()) {
    const next = LEVELS[level + 1]
    // A row of the next level is made of rows that are all old enough.
    const old = records.oldest(level, next ? floor(now - keep_ms, next.row_ms) : now - keep_ms)
    if (!old) continue
    const { machineId } = old
    const from = next ? floor(old.start, next.row_ms) : old.start
    const to = next ? from + next.row_ms : now - keep_ms
    const chunks = (of: number, until: number) =>
      records.read(machineId, of, from, until).map((row) => ({ ...row, step_ms: LEVELS[of]!.step_ms }))
    // A clock that went back may have brought more of what is thin already.
    const thin = next ? [rowOf(machineId, level + 1, from, [...chunks(level + 1, from + 1), ...chunks(level, to)])] : []
    records.write(thin, { machineId, level, from, to })
    return true
  }
  return false
}

/** A step is never finer than what is kept of the oldest moment asked for, and a whole number of such. */
function readHistory(
  records: HistoryRecords,
  unwritten: Unwritten | undefined,
  span: { machineId: string; from: number; to: number; steps: number },
  now: number,
): PackedHistory {
  const { machineId } = span
  const kept = LEVELS.find(({ keep_ms }) => span.from >= now - keep_ms) ?? LEVELS.at(-1)!
  const step_ms = Math.max(1, Math.ceil((span.to - span.from) / span.steps / kept.step_ms)) * kept.step_ms
  const to = floor(span.to + step_ms - 1, step_ms)
  const steps = Math.max(1, Math.min(span.steps, Math.ceil((to - span.from) / step_ms)))
  const from = to - steps * step_ms
  const chunks: Chunk[] = LEVELS.flatMap((level, index) =>
    records.read(machineId, index, from - level.row_ms, to).map((row) => ({ ...row, step_ms: level.step_ms })),
  )
  if (unwritten) chunks.push(...unwritten.steps, ...(unwritten.open ? [closed(unwritten.open)] : []))
  const { gpus, columns } = resample(chunks, { start: from, step_ms, steps })
  return { machineId, from, to, step_ms, gpus, columns: Buffer.from(packColumns(columns)).toString('base64') }
}

const floor = (at: number, step_ms: number) => Math.floor(at / step_ms) * step_ms
