import type { MachineHistory } from '../../../shared/history.ts'
import type { MachineSample } from '../../../shared/machine.ts'

type Value = number | null

/** Lines to draw: how they are read from the past that was kept, and from a reading of now. */
export type Pick = { past(history: MachineHistory): readonly (readonly Value[])[]; live(sample: MachineSample): readonly Value[] }

/** As uPlot takes it: seconds, then a column for each line. `unknown`: the spans in which nothing of it is known. */
export type Lines = { at_s: number[]; values: Value[][]; unknown: [from_s: number, to_s: number][] }

/** Readings come every 10 s when nobody looks: nothing for longer than this is a gap, ms. */
const GAP_MS = 25_000

/**
 * The past and what came since, as lines between two times (epoch ms). With `raw` each reading of now is a point, and they go before
 * what was kept; without, readings are joined to steps as long as those of the past. Pure.
 */
export function linesOf(
  count: number,
  pick: Pick,
  from: { past: MachineHistory | undefined; samples: readonly MachineSample[] },
  span: { from: number; to: number; raw: boolean },
): Lines {
  const { past, samples } = from
  const step_ms = past?.step_ms ?? 0
  const firstLive = samples[0]?.at ?? Number.POSITIVE_INFINITY
  // The last step of the past is not over: readings of now tell it anew, where they reach back so far.
  const lastStep = past ? past.to - step_ms : Number.NEGATIVE_INFINITY
  const cut = span.raw ? firstLive : firstLive <= lastStep + GAP_MS ? lastStep : (past?.to ?? Number.NEGATIVE_INFINITY)

  const lines: Lines = { at_s: [], values: Array.from({ length: count }, () => []), unknown: [] }
  const gap_ms = span.raw ? GAP_MS : step_ms * 1.5
  let before = Number.NEGATIVE_INFINITY
  let known = span.from
  const add = (at: number, value: (line: number) => Value, before_ms: number, after_ms: number) => {
    if (at - before > gap_ms && before > 0) push(before + 1, () => null)
    push(at, value)
    before = at
    for (let line = 0; line < count; line++)
      if (value(line) !== null) {
        if (at - before_ms - known > gap_ms) lines.unknown.push([known / 1000, (at - before_ms) / 1000])
        known = at + after_ms
        break
      }
  }
  const push = (at: number, value: (line: number) => Value) => {
    lines.at_s.push(at / 1000)
    for (let line = 0; line < count; line++) lines.values[line]!.push(value(line))
  }

  if (past) {
    const columns = pick.past(past)
    for (const [i, at] of past.at.entries())
      if (at >= span.from && at < cut && at - step_ms / 2 < span.to)
        add(Math.min(at, span.to), (line) => columns[line]?.[i] ?? null, step_ms / 2, step_ms / 2)
  }
  if (span.raw) {
    for (const sample of samples)
      if (sample.at >= Math.max(cut, span.from) && sample.at <= span.to) {
        const values = pick.live(sample)
        add(sample.at, (line) => values[line] ?? null, 0, 0)
      }
  } else if (past)
    for (const { at, values } of inSteps(count, pick, samples, cut, step_ms))
      if (at <= span.to + step_ms) add(Math.min(at, span.to), (line) => values[line] ?? null, step_ms / 2, step_ms / 2)
  if (span.to - known > gap_ms) lines.unknown.push([known / 1000, span.to / 1000])
  return lines
}

/** Readings from `cut` on, as the means of steps. */
function inSteps(count: number, pick: Pick, samples: readonly MachineSample[], cut: number, step_ms: number) {
  const steps = new Map<number, { sums: number[]; counts: number[] }>()
  for (const sample of samples) {
    if (sample.at < cut) continue
    const at = cut + (Math.floor((sample.at - cut) / step_ms) + 0.5) * step_ms
    const step = steps.get(at) ?? { sums: Array(count).fill(0), counts: Array(count).fill(0) }
    steps.set(at, step)
    for (const [line, value] of pick.live(sample).entries())
      if (value !== null && line < count) {
        step.sums[line]! += value
        step.counts[line]! += 1
      }
  }
  return [...steps].map(([at, { sums, counts }]) => ({
    at,
    values: sums.map((sum, line) => (counts[line] ? sum / counts[line]! : null)),
  }))
}

/** What a line did, for who cannot see it: the last reading, the mean and the range of those known. */
export function lineFigures(values: readonly Value[]): { now: Value; mean: number; least: number; most: number } | null {
  let [sum, known, least, most] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    if (value === null) continue
    sum += value
    known += 1
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  return known === 0 ? null : { now: values.at(-1) ?? null, mean: sum / known, least, most }
}
