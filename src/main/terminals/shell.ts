import type { TerminalKey, TerminalSize } from '../../shared/terminal.ts'
import { isReport } from '../../shared/terminal-report.ts'
import type { ByteReader } from '../byte-stream.ts'
import type { ByteLog } from '../storage/byte-log.ts'
import type { Exit, Process } from '../transports/transport.ts'
import { redraw } from './redraw.ts'
import type { Replay } from './replay.ts'

/** A living shell: everything it prints goes into the log, and as fast as its readers take it. */
export type Shell = {
  /** From `offset` on if that is still kept, else (and for null) from where a new reader sees it right. */
  reader(offset: number | null): ByteReader
  resize(size: TerminalSize): void
  /** As if typed, in the way that the program asked for. */
  type(keys: readonly TerminalKey[]): void
  /** Resolves when it has ended and all it printed is in the log. */
  ended: Promise<Exit>
}

/**
 * The shell is held back while even its fastest reader is so far behind. Together with the reader's own window (256 KiB) this is what is
 * shown after a Ctrl-C: at the slowest parse rate measured (5 MB/s) 80 ms. A window of 128 KiB leaves xterm idle for a fifth of the time.
 */
const BEHIND_BYTES = 128 * 1024
/** More than that the disk need not owe us. */
const UNWRITTEN_BYTES = 512 * 1024
/** A reader that took nothing for so long is gone or asleep: the shell does not wait for it any longer. */
const STALLED_MS = 10_000

export type ShellOptions = {
  size: TerminalSize
  /** Does something on the node answer what a program asks its terminal? */
  answered(): boolean
}

/** The colours of its ground are what tmux does not know of a terminal. */
const COLOUR = /^\x1b\]/

type Place = { at: number; stalled: boolean }

/** Records a process that runs in a terminal, behind what the log holds already, and serves it to readers. `replay` has seen the log. */
export function startShell(process: Process, log: ByteLog, replay: Replay, { size: firstSize, answered }: ShellOptions): Shell {
  const readers = new Set<Place>()
  /** Who typed last. Of several windows one alone may answer what a program asks its terminal. */
  let typist: Place | null = null
  let size = firstSize
  let ending = false
  let stallTimer: NodeJS.Timeout | null = null

  const behind = (): boolean => {
    const followed = [...readers].filter((place) => !place.stalled)
    return followed.length > 0 && log.end() - Math.max(...followed.map((place) => place.at)) > BEHIND_BYTES
  }

  /** Pauses or resumes the process as its readers and the disk allow. */
  const settle = (): void => {
    const byReaders = behind()
    const byDisk = log.unwritten() > UNWRITTEN_BYTES
    if (byDisk) void log.flush().then(settle)
    if (stallTimer && !byReaders) {
      clearTimeout(stallTimer)
      stallTimer = null
    }
    if (byReaders && !ending) stallTimer ??= setTimeout(giveUp, STALLED_MS)
    if ((byReaders || byDisk) && !ending) process.stdout.pause()
    else if (process.stdout.isPaused()) process.stdout.resume()
  }
  const giveUp = (): void => {
    stallTimer = null
    for (const place of readers) place.stalled = true
    settle()
  }

  const record = (bytes: Uint8Array): void => {
    replay.scan(bytes)
    log.append(bytes)
    settle()
  }
  process.stdout.on('data', record)
  process.stdin.on('error', () => {}) // it has ended: the exit says so
  const drained = new Promise<void>((resolve) => process.stdout.once('end', resolve).once('error', () => resolve()))

  /** Whose terminal answers: that of who typed last, else the one that came last. */
  const answering = () => (typist && readers.has(typist) ? typist : [...readers].at(-1))

  return {
    reader: (offset) => {
      const kept = offset !== null && offset >= log.start() && offset <= log.end()
      const { offset: from, preamble } = kept ? { offset, preamble: new Uint8Array(0) } : replay.begin(log.start())
      const inner = log.reader(from)
      if (!kept && from > 0 && replay.alternateScreen()) redraw(process.resize, () => size)
      const place = { at: inner.offset, stalled: false }
      readers.add(place)
      settle()
      return {
        offset: inner.offset,
        live: inner.live,
        preamble,
        next: async (max, signal) => {
          const chunk = await inner.next(max, signal)
          if (chunk) {
            place.at = chunk.offset + chunk.bytes.length
            place.stalled = false
            settle()
          }
          return chunk
        },
        write: (bytes) => {
          const text = bytes.length < 64 ? Buffer.from(bytes).toString('latin1') : ''
          if (!isReport(text)) typist = place
          else if (answering() !== place || (answered() && !COLOUR.test(text))) return
          log.hurry()
          if (process.stdin.writable) process.stdin.write(bytes)
        },
        close: () => {
          readers.delete(place)
          inner.close()
          settle()
        },
      }
    },
    type: (keys) => {
      log.hurry()
      if (process.stdin.writable) process.stdin.write(Buffer.from(keys.map((key) => encoded(key, replay.isOn)).join('')))
    },
    resize: (next) => {
      size = next
      process.resize(next)
    },
    ended: process.exit.then(async (exit) => {
      ending = true
      settle()
      await drained
      return exit
    }),
  }
}

/** A key or a paste as a terminal in these DEC private modes sends it. */
function encoded(key: TerminalKey, isOn: (mode: number) => boolean): string {
  switch (key.is) {
    case 'text':
      return key.text
    case 'cursor':
      return isOn(1) ? `\x1bO${key.key}` : `\x1b[${key.key}`
    case 'paste': {
      const text = key.text.replace(/\r?\n/g, '\r')
      return isOn(2004) ? `\x1b[200~${text}\x1b[201~` : text
    }
  }
}
