import type { LogDownload } from '../../shared/log-download.ts'
import type { Log } from './log.ts'
import { type Located, runsFrom } from './log-view.ts'
import { createRunReader, linesOf } from './read-lines.ts'
import type { Run } from './record.ts'
import { stripAnsi } from './strip-ansi.ts'

const CHUNK_BYTES = 64 * 1024
const NEWLINE = Buffer.from('\n')

/**
 * The lines of a view as a file. With nothing in front and sequences kept, one stream is its bytes as they were written, and several
 * are put together line by line.
 */
export async function* downloadLog(
  log: Log,
  names: readonly string[] | null,
  how: LogDownload,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { folder } = log
  const unfinished = log.unfinished().filter(({ stream }) => names === null || names.includes(stream))
  const reader = createRunReader(folder)
  let chunk: Uint8Array[] = []
  let size = 0
  /** How far each stream was read. */
  const ends = new Map<string, number>()
  /** The stream whose line has no end yet. */
  let open: string | null = null
  const add = (stream: string, bytes: Uint8Array, { continues, open: staysOpen }: Pick<Run, 'continues' | 'open'>) => {
    if (open !== null && !(continues && open === stream)) chunk.push(NEWLINE)
    chunk.push(bytes)
    size += bytes.length
    open = staysOpen ? stream : null
  }
  try {
    for await (const located of runsFrom(folder, () => log.view(names), 0)) {
      if (signal.aborted) return
      const { name } = folder.streams[located.run.stream]!
      const bytes = await reader.read(located)
      const goesOn = located.run.continues && open === name
      add(name, how.times || how.names ? withFront(located, bytes, name, how, goesOn) : asKept(bytes, how), located.run)
      ends.set(name, located.run.offset + located.run.bytes)
      if (size < CHUNK_BYTES) continue
      yield Buffer.concat(chunk)
      chunk = []
      size = 0
    }
    for (const { stream, offset, bytes, at } of unfinished) {
      if ((ends.get(stream) ?? 0) > offset) continue // it became a line meanwhile
      const front = open === stream ? '' : frontOf(at, stream, how)
      add(stream, Buffer.concat([Buffer.from(front), asKept(bytes, how)]), { continues: true, open: true })
    }
    yield Buffer.concat(chunk)
  } finally {
    await reader.close()
  }
}

function asKept(bytes: Buffer, { ansi }: LogDownload): Buffer {
  if (ansi) return bytes
  const plain = Buffer.allocUnsafe(bytes.length)
  return plain.subarray(0, stripAnsi(bytes, plain))
}

/** The lines of a run, each with its front; the first has none where it goes on what was written last. */
function withFront(located: Located, bytes: Buffer, stream: string, how: LogDownload, goesOn: boolean): Buffer {
  const front = frontOf(located.run.at, stream, how)
  const lines = linesOf(located, bytes, stream)
  const parts = lines.map(({ text, continues }, i) => {
    const next = lines[i + 1]
    const ends = next ? !next.continues : !located.run.open
    return `${continues && (i > 0 || goesOn) ? '' : front}${text}${ends ? '\n' : ''}`
  })
  return asKept(Buffer.from(parts.join('')), how)
}

const frontOf = (at: number, stream: string, { times, names }: LogDownload) =>
  `${times ? `${new Date(at).toISOString()} ` : ''}${names ? `${stream} ` : ''}`
