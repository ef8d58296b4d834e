import { open } from 'node:fs/promises'
import type { LogFolder } from './log-folder.ts'
import { allocateRecords, decodeRun, LINES, type RecordMemory, type Run, STREAM, WORDS } from './record.ts'
import { BLOCK_RECORDS, type Block, indexFile, readRecords, type Segment } from './segment.ts'

/** The lines of some streams of a log, numbered from 0: what is needed to find one of them. */
export type View = {
  /** Null: all. */
  names: ReadonlySet<string> | null
  /** The log's blocks as it knows them. The log has other ones once it dropped some: then a new view is due. */
  blocks: readonly Block[]
  /** The number of the first line in each block that was counted. */
  starts: number[]
  /** Lines up to the end of these blocks. */
  lines: number
  /** When its first line was written, epoch ms; null: not looked up, or there is none. */
  firstAt: number | null
}

/** A run of a view: where its bytes are, and the number of its first line. */
export type Located = { run: Run; segment: Segment; position: number; n: number }

const COUNT_BLOCKS = 32

export const newView = ({ blocks }: LogFolder, names: ReadonlySet<string> | null): View => ({
  names,
  blocks,
  starts: [],
  lines: 0,
  firstAt: null,
})

/** Does the view show that stream? */
export function shows({ names }: View, folder: LogFolder): (stream: number) => boolean {
  if (names === null) return () => true
  const wanted = folder.streams.map(({ name }) => names.has(name))
  return (stream) => wanted[stream] === true
}

/** Lines of the view before a segment, with those that are no longer kept. */
export function linesBefore(view: View, folder: LogFolder, segment: Segment): number {
  const shown = shows(view, folder)
  return segment.before.reduce((sum, { lines }, stream) => sum + (shown(stream) ? lines : 0), 0)
}

/** All lines of the view, with those that are no longer kept. */
export async function countLines(view: View, folder: LogFolder): Promise<number> {
  await countBlocks(view, folder)
  const shown = shows(view, folder)
  return tailStart(view, folder).n + folder.tail.reduce((sum, run) => sum + (shown(run.stream) ? run.lines : 0), 0)
}

/**
 * The runs of a view in order, from the one that holds line `from` on up to where the log ends now. Those that are dropped on the
 * way are left out. `viewOf` gives the view that is right now.
 */
export async function* runsFrom(folder: LogFolder, viewOf: () => View, from: number): AsyncGenerator<Located> {
  let next = from
  for (;;) {
    const view = viewOf()
    const dropped = () => folder.blocks !== view.blocks
    try {
      await countBlocks(view, folder)
      for (let b = blockOf(view, next); b < view.blocks.length; b++) {
        if (b >= view.starts.length) await countBlocks(view, folder)
        const block = view.blocks[b] as Block
        const runs = await readBlock(folder, block)
        for (const located of locate(view, folder, runs, block.segment, block.position, view.starts[b] as number)) {
          if (located.n + located.run.lines <= next) continue
          if (dropped()) break
          next = located.n + located.run.lines
          yield located
        }
        if (dropped()) break
      }
      if (dropped()) continue
    } catch (error) {
      if (!dropped()) throw error
      continue
    }
    const { n, position } = tailStart(view, folder)
    const runs = [...locate(view, folder, folder.tail, folder.segments.at(-1) as Segment, position, n)]
    for (const located of runs) if (located.n + located.run.lines > next) yield located
    return
  }
}

/** The runs of the view among some that follow each other. */
export function* locate(
  view: View,
  folder: LogFolder,
  runs: Run[],
  segment: Segment,
  position: number,
  n: number,
): Generator<Located> {
  const shown = shows(view, folder)
  let [at, line] = [position, n]
  for (const run of runs) {
    if (shown(run.stream)) {
      yield { run, segment, position: at, n: line }
      line += run.lines
    }
    at += run.bytes
  }
}

export async function readBlock(folder: LogFolder, { segment, first, count }: Block): Promise<Run[]> {
  const index = await open(indexFile(folder.path, segment), 'r')
  try {
    const records = await readRecords(index, first, allocateRecords(count))
    return Array.from({ length: records.count }, (_, i) => decodeRun(records, i))
  } finally {
    await index.close()
  }
}

/** Where the runs begin that fill no block yet. Right only when all blocks are counted. */
export function tailStart(view: View, folder: LogFolder): { n: number; position: number } {
  const last = view.blocks.at(-1)
  const segment = folder.segments.at(-1) as Segment
  if (last?.segment === segment) return { n: view.lines, position: last.position + last.bytes }
  return { n: linesBefore(view, folder, segment), position: 0 }
}

/** Counts the blocks that came since. Until something else is awaited, all are. */
export async function countBlocks(view: View, folder: LogFolder): Promise<void> {
  if (view.starts.length === view.blocks.length) return
  const memory = allocateRecords(view.names === null ? 0 : COUNT_BLOCKS * BLOCK_RECORDS)
  while (view.starts.length < view.blocks.length) {
    const from = view.starts.length
    const { segment, first } = view.blocks[from] as Block
    const blocks = view.blocks.slice(from, from + COUNT_BLOCKS).filter((block) => block.segment === segment)
    const sums = view.names === null ? blocks.map(({ lines }) => lines) : await linesIn(view, folder, blocks, memory)
    if (view.starts.length > from) continue // somebody else counted them meanwhile
    if (first === 0) view.lines = linesBefore(view, folder, segment)
    for (const lines of sums) {
      view.starts.push(view.lines)
      view.lines += lines
    }
  }
}

async function linesIn(view: View, folder: LogFolder, blocks: Block[], memory: RecordMemory): Promise<number[]> {
  const shown = shows(view, folder)
  const { segment, first } = blocks[0] as Block
  const index = await open(indexFile(folder.path, segment), 'r')
  try {
    const { words } = await readRecords(index, first, memory)
    return blocks.map((block) => {
      let lines = 0
      for (let i = block.first - first; i < block.first - first + block.count; i++)
        if (shown(words[i * WORDS + STREAM] as number)) lines += words[i * WORDS + LINES] as number
      return lines
    })
  } finally {
    await index.close()
  }
}

/** The block in which a line is, or the first one behind it. */
const blockOf = ({ starts }: View, n: number) => Math.max(0, firstFrom(starts.length, (i) => (starts[i] as number) > n) - 1)

/** The first of `count` numbers for which it holds, where it holds for all behind that one; `count` when for none. */
export function firstFrom(count: number, holds: (i: number) => boolean): number {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
