import { isAscii } from 'node:buffer'
import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { LogQuery, LogSearch } from '../../shared/log.ts'
import { createFinder } from './find.ts'
import { lineEnds } from './line-ends.ts'
import { patternOf } from './pattern.ts'
import {
  allocateRecords,
  BYTES,
  ESCAPES,
  FLAGS,
  LINES,
  PIECES,
  RECORD_BYTES,
  type Records,
  RUN_MAX_BYTES,
  STREAM,
  WORDS,
} from './record.ts'
import { stripAnsi } from './strip-ansi.ts'

/** What a search goes over: the files of a log as they were when it began. */
export type SearchWork = {
  folder: string
  segments: { number: number; records: number; bytes: number; firstLine: number }[]
  /** Null: all. */
  streams: number[] | null
  query: LogQuery
}

/** Runs that lie one after the other and are read together. */
type Piece = { records: Records; from: number; to: number; bytes: number; line: number; escapes: boolean }
/** A run of a piece: where its bytes are in the piece, and the number of its first line. */
type PieceRun = { from: number; to: number; line: number; wanted: boolean; pieces: boolean; escapes: boolean }

const INDEX_RECORDS = 4096
const PIECE_BYTES = 512 * 1024
/** Some lines tell how a log looks. */
const SAMPLE_BYTES = 32 * 1024
const TELL_MS = 100
const HITS_MAX = 100_000
const NEWLINE = 10
const RETURN = 13

/**
 * Searches the lines of a log as the user sees them: without ANSI sequences, each by itself. Takes all the time that it needs, so it
 * is called in a thread of its own. `tell` hears at most ten times a second, and at the end.
 */
export function searchLines(work: SearchWork, tell: (found: LogSearch) => void): void {
  const { folder, segments, query } = work
  const total = segments.reduce((sum, { bytes }) => sum + bytes, 0)
  const wanted = wantedStreams(work.streams)
  const capacity = PIECE_BYTES + RUN_MAX_BYTES
  // The piece, and behind it a run without its ANSI sequences.
  const finder = createFinder(capacity + RUN_MAX_BYTES)
  const { memory } = finder
  const pieceMemory = memory.subarray(0, capacity)
  const isLiteral = !query.regex && (query.caseSensitive || isAscii(Buffer.from(query.text)))
  const pattern = isLiteral ? null : patternOf(query)
  let looked = false

  let [searched, count, kept, toldAt] = [0, 0, 0, performance.now()]
  let hits: number[] = []
  const hit = (line: number) => {
    count += 1
    if (kept >= HITS_MAX) return
    kept += 1
    hits.push(line)
  }
  const say = (done: boolean) => {
    tell({ searched: done || total === 0 ? 1 : searched / total, count, hits, done })
    hits = []
    toldAt = performance.now()
  }
  const breathe = () => {
    if (performance.now() - toldAt > TELL_MS) say(false)
  }

  /** Lines between two places of the memory that hold the needle; none goes beyond `to`. */
  const literalIn = (from: number, to: number, line: number): void => {
    let [at, n] = [from, line]
    for (let place = finder.find(from, to); place !== -1; place = finder.find(at, to)) {
      let end = memory.indexOf(NEWLINE, at)
      for (; end !== -1 && end < place; end = memory.indexOf(NEWLINE, at)) {
        at = end + 1
        n += 1
      }
      hit(n)
      if (end === -1 || end >= to) return
      at = end + 1
      n += 1
    }
  }
  const patternIn = (from: number, to: number, line: number): void => {
    const bytes = memory.subarray(from, to)
    const text = isAscii(bytes) ? bytes.toString('latin1') : bytes.toString()
    let n = line
    for (let at = 0; at < text.length; n++) {
      const newline = text.indexOf('\n', at)
      const end = newline === -1 ? text.length : newline
      const shown = text.charCodeAt(end - 1) === RETURN && end > at ? end - 1 : end
      if ((pattern as RegExp).test(text.slice(at, shown))) hit(n)
      at = end + 1
      if (n % 64 === 0) breathe()
    }
  }
  const matchIn = isLiteral ? literalIn : patternIn
  /** As the user sees it: what has ANSI sequences is first copied without them. */
  const visibleIn = (from: number, to: number, line: number, escapes: boolean): void => {
    if (!escapes) {
      matchIn(from, to, line)
      return
    }
    const length = stripAnsi(memory.subarray(from, to), memory.subarray(capacity))
    matchIn(capacity, capacity + length, line)
  }
  const runIn = ({ from, to, line, pieces, escapes }: PieceRun): void => {
    if (!pieces) {
      visibleIn(from, to, line, escapes)
      return
    }
    const bytes = memory.subarray(from, to)
    const ends = lineEnds(bytes)
    if (ends.at(-1) !== bytes.length) ends.push(bytes.length)
    ends.forEach((end, i) => {
      visibleIn(from + (ends[i - 1] ?? 0), from + end, line + i, escapes)
    })
  }
  /** Most pieces hold no sequence and no hit: then nothing is looked at line by line, or run by run. */
  const literalInPiece = (piece: Piece): void => {
    let place = finder.find(0, piece.bytes)
    if (place === -1) return
    const runs = runsOf(piece, wanted)
    let r = 0
    while (place !== -1) {
      while ((runs[r] as PieceRun).to <= place) r += 1
      const run = runs[r] as PieceRun
      if (run.wanted) runIn(run)
      place = finder.find(run.to, piece.bytes)
    }
  }

  // A line holds no newline: what asks for one is found nowhere.
  for (const segment of query.text.includes('\n') && !query.regex ? [] : segments) {
    for (const piece of piecesOf(folder, segment, pieceMemory, wanted)) {
      if (!looked && isLiteral)
        finder.look(Buffer.from(query.text), query.caseSensitive, memory.subarray(0, Math.min(piece.bytes, SAMPLE_BYTES)))
      looked = true
      if (isLiteral && !piece.escapes) literalInPiece(piece)
      else for (const run of runsOf(piece, wanted)) if (run.wanted) runIn(run)
      searched += piece.bytes
      breathe()
    }
  }
  say(true)
}

function wantedStreams(streams: number[] | null): (stream: number) => boolean {
  if (streams === null) return () => true
  const wanted: boolean[] = []
  for (const stream of streams) wanted[stream] = true
  return (stream) => wanted[stream] === true
}

/** The pieces of a segment, each read to the begin of the memory. Nothing, once the segment was dropped. */
function* piecesOf(
  folder: string,
  { number, records: count, firstLine }: SearchWork['segments'][number],
  memory: Buffer,
  wanted: (stream: number) => boolean,
): Generator<Piece> {
  const files: number[] = []
  try {
    files.push(openSync(join(folder, `${number}.log`), 'r'), openSync(join(folder, `${number}.index`), 'r'))
    const [data, index] = files as [number, number]
    const memoryOfIndex = allocateRecords(INDEX_RECORDS)
    let [position, line] = [0, firstLine]
    for (let first = 0; first < count; ) {
      const asked = Math.min(INDEX_RECORDS, count - first)
      const read = readSync(index, memoryOfIndex.bytes, 0, asked * RECORD_BYTES, first * RECORD_BYTES)
      const records = { ...memoryOfIndex, count: Math.floor(read / RECORD_BYTES) }
      if (records.count === 0) return
      for (let from = 0; from < records.count; ) {
        const { words } = records
        const piece: Piece = { records, from, to: from, bytes: 0, line, escapes: false }
        for (; piece.to < records.count && piece.bytes < PIECE_BYTES; piece.to++) {
          const at = piece.to * WORDS
          piece.bytes += words[at + BYTES] as number
          if (!wanted(words[at + STREAM] as number)) continue
          line += words[at + LINES] as number
          if (((words[at + FLAGS] as number) & ESCAPES) !== 0) piece.escapes = true
        }
        readSync(data, memory, 0, piece.bytes, position)
        yield piece
        position += piece.bytes
        from = piece.to
      }
      first += records.count
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  } finally {
    for (const file of files) closeSync(file)
  }
}

function runsOf({ records: { words }, from, to, line }: Piece, wanted: (stream: number) => boolean): PieceRun[] {
  const runs: PieceRun[] = []
  let [at, n] = [0, line]
  for (let i = from; i < to; i++) {
    const end = at + (words[i * WORDS + BYTES] as number)
    const mine = wanted(words[i * WORDS + STREAM] as number)
    const flags = words[i * WORDS + FLAGS] as number
    runs.push({ from: at, to: end, line: n, wanted: mine, pieces: (flags & PIECES) !== 0, escapes: (flags & ESCAPES) !== 0 })
    if (mine) n += words[i * WORDS + LINES] as number
    at = end
  }
  return runs
}
