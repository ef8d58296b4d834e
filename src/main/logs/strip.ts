import type { LogStripRow } from '../../shared/log.ts'
import type { Log } from './log.ts'
import { countLines, linesBefore, runsFrom } from './log-view.ts'
import type { Segment } from './segment.ts'

/** Up to so many blocks every run is looked at; beyond, a block is as fine as any eye. */
const FINE_BLOCKS = 48

/** What is known at a place in a view: how many of the lines before it are stderr's, and when the one at it was written. */
type Point = { n: number; err: number; at: number }

/** The lines that are kept of a view in `rows` equal parts: when each begins, and how much of it is stderr. */
export async function stripOf(log: Log, names: readonly string[] | null, rows: number): Promise<LogStripRow[]> {
  const { folder } = log
  const first = linesBefore(log.view(names), folder, folder.segments[0] as Segment)
  const lines = await countLines(log.view(names), folder)
  const points = folder.blocks.length <= FINE_BLOCKS ? await everyRun(log, names) : await everyBlock(log, names)
  const count = Math.min(rows, lines - first)
  if (points.length === 0) return []
  let at = 0
  const pointAt = (n: number): Point => {
    while (at + 1 < points.length && points[at + 1]!.n <= n) at++
    return between(points[at]!, points[at + 1], n)
  }
  const edges = Array.from({ length: count + 1 }, (_, i) => pointAt(first + Math.round(((lines - first) * i) / count)))
  return edges.slice(0, count).map((edge, i) => {
    const next = edges[i + 1]!
    return { n: edge.n, at: edge.at, err: next.n > edge.n ? (next.err - edge.err) / (next.n - edge.n) : 0 }
  })
}

/** Within a run its lines are all alike; within a block it is not known which are which. */
function between(point: Point, next: Point | undefined, n: number): Point {
  if (!next || next.n <= point.n) return { ...point, n }
  return { n, at: point.at, err: point.err + ((n - point.n) / (next.n - point.n)) * (next.err - point.err) }
}

async function everyRun(log: Log, names: readonly string[] | null): Promise<Point[]> {
  const isErr = log.folder.streams.map(({ name }) => name.endsWith('.err'))
  const points: Point[] = []
  let [err, end, lastAt] = [0, 0, 0]
  for await (const { run, n } of runsFrom(log.folder, () => log.view(names), 0)) {
    points.push({ n, err, at: run.at })
    err += isErr[run.stream] ? run.lines : 0
    end = n + run.lines
    lastAt = run.at
  }
  return points.length === 0 ? [] : [...points, { n: end, err, at: lastAt }]
}

async function everyBlock(log: Log, names: readonly string[] | null): Promise<Point[]> {
  const { folder } = log
  const errors = folder.streams.map(({ name }) => name).filter((name) => name.endsWith('.err') && (names?.includes(name) ?? true))
  const [view, errView] = [log.view(names), log.view(errors)]
  const errLines = await countLines(errView, folder)
  const lines = await countLines(view, folder)
  const blocks = Math.min(view.starts.length, errView.starts.length)
  const points = Array.from({ length: blocks }, (_, b) => ({
    n: view.starts[b]!,
    err: errView.starts[b]!,
    at: view.blocks[Math.max(0, b - 1)]!.lastAt,
  }))
  // Behind the blocks lies what fills none yet.
  const { lastAt } = view.blocks.at(-1)!
  return [...points, { n: view.lines, err: errView.lines, at: lastAt }, { n: lines, err: errLines, at: lastAt }]
}
