import { createModes } from './modes.ts'

/** Follows a terminal's output and knows where a new reader can begin, and what it must be told first. */
export type Replay = {
  /** The next bytes of the stream, cut anywhere. */
  scan(bytes: Uint8Array): void
  /** Where to begin, not before `oldest`, and what brings a fresh terminal to the state it had there. */
  begin(oldest: number): { offset: number; preamble: Uint8Array }
  /** A full-screen program draws now: text from the middle of its output is not the whole picture. */
  alternateScreen(): boolean
  /** Is a DEC private mode on? Of those that are simply on or off. */
  isOn(mode: number): boolean
}

/** So much is replayed at most: ~10,000 lines, parsed in a few tens of milliseconds. */
const REPLAY_BYTES = 1024 * 1024
const SPACING_BYTES = 64 * 1024
/** Output without line ends (full-screen programs, one endless line) is cut before an escape sequence or a character. */
const FORCE_BYTES = 256 * 1024
/** A longer sequence is no control sequence that anybody sends. */
const SEQUENCE_MAX = 256

const ESC = 0x1b
const BEL = 0x07
const CAN = 0x18
const SUB = 0x1a
const NEWLINE = 0x0a

type State = 'ground' | 'escape' | 'csi' | 'osc' | 'string'

/** A replay of a stream that begins at `offset`. Sizes in bytes; smaller ones are for tests. */
export function createReplay(offset = 0, { replay = REPLAY_BYTES, spacing = SPACING_BYTES, force = FORCE_BYTES } = {}): Replay {
  const modes = createModes()
  const marks = [{ offset, restore: '' }]
  let end = offset
  let state: State = 'ground'
  let sequence = ''

  const lastMark = () => (marks.at(-1) as { offset: number }).offset
  const mark = (at: number) => {
    marks.push({ offset: at, restore: modes.restore() })
    while (marks.length > 1 && (marks[1] as { offset: number }).offset <= end - replay) marks.shift()
  }

  /** Plain text from `from` to `to`, of which byte 0 lies at `base`. */
  const scanText = (bytes: Buffer, from: number, to: number, base: number) => {
    for (let at = from; at < to; ) {
      const newline = bytes.indexOf(NEWLINE, Math.max(at, lastMark() + spacing - base))
      if (newline !== -1 && newline < to) {
        mark(base + newline + 1)
        at = newline + 1
        continue
      }
      let cut = Math.max(at, lastMark() + force - base)
      while (cut < to && ((bytes[cut] as number) & 0xc0) === 0x80) cut++ // not inside a character
      if (cut >= to) return
      mark(base + cut)
      at = cut
    }
  }

  const dispatchCsi = (final: string) => {
    const [, prefix, params, intermediates] = /^([<=>?]?)([\d;:]*)([ -/]*)$/.exec(sequence) ?? []
    if (prefix !== undefined) modes.csi(prefix, params as string, intermediates as string, final)
  }

  const scanEscape = (byte: number) => {
    if (byte === 0x5b) state = 'csi'
    else if (byte === 0x5d) state = 'osc'
    else if (byte === 0x50 || byte === 0x58 || byte === 0x5e || byte === 0x5f) state = 'string'
    else if (byte >= 0x20 && byte <= 0x2f) sequence += String.fromCharCode(byte)
    else if (byte >= 0x30 && byte <= 0x7e) {
      modes.escape(sequence + String.fromCharCode(byte))
      state = 'ground'
    } else if (byte >= 0x80) state = 'ground'
  }

  const scanControl = (byte: number) => {
    if (byte === ESC) {
      state = 'escape'
      sequence = ''
    } else if (byte === CAN || byte === SUB) state = 'ground'
    else if (state === 'escape') scanEscape(byte)
    else if (state === 'osc') {
      if (byte === BEL) state = 'ground'
    } else if (state === 'csi') {
      if (byte >= 0x40 && byte <= 0x7e) {
        if (sequence.length < SEQUENCE_MAX) dispatchCsi(String.fromCharCode(byte))
        state = 'ground'
      } else if (byte >= 0x80) state = 'ground'
      else if (byte >= 0x20 && byte < 0x40 && sequence.length < SEQUENCE_MAX) sequence += String.fromCharCode(byte)
    }
  }

  return {
    scan: (chunk) => {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      const base = end
      end += bytes.length
      for (let at = 0; at < bytes.length; ) {
        if (state === 'ground') {
          const next = bytes.indexOf(ESC, at)
          const to = next === -1 ? bytes.length : next
          scanText(bytes, at, to, base)
          if (next === -1) return
          if (base + next - lastMark() >= force) mark(base + next)
          at = next
        }
        scanControl(bytes[at] as number)
        at++
      }
    },
    begin: (oldest) => {
      const least = Math.max(oldest, end - replay)
      const best = marks.find((m) => m.offset >= least) ?? marks.findLast((m) => m.offset >= oldest)
      if (best) return { offset: best.offset, preamble: Buffer.from(best.restore) }
      return { offset: oldest, preamble: new Uint8Array(0) }
    },
    alternateScreen: modes.alternateScreen,
    isOn: modes.isOn,
  }
}
