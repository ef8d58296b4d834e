import { Readable, Writable } from 'node:stream'
import type { TerminalSize } from '../../shared/terminal.ts'
import type { Exit, Process } from '../transports/transport.ts'
import { redraw } from './redraw.ts'

/**
 * A shell within tmux's control mode (tmux(1), CONTROL MODE), as a process in a terminal: the very bytes that programs print, so that
 * scrolling, colours and the mouse are as without tmux, and a program is held back while nobody reads.
 */
export type TmuxShell = Process & {
  /** The shell itself has ended: it is not the connection that was lost. */
  shellEnded(): boolean
}

/** What scrolled by while nobody was attached is shown again, at most so many lines of it. */
const MISSED_LINES = 2_000
/** As in terminal.sh. tmux drops a tenth when it is full, so from there on nothing can be counted. */
const HISTORY_FULL_LINES = 9_000
/** How far it was read is noted on the node when output rests, or this often. */
const NOTE_MS = 500
/** Bytes of one send-keys. */
const KEYS_MAX = 512

const STATE =
  '#{history_size} #{?@styx_seen,#{@styx_seen},-1} #{cursor_x} #{cursor_y} #{cursor_flag} #{keypad_cursor_flag} #{keypad_flag} ' +
  '#{mouse_standard_flag} #{mouse_button_flag} #{mouse_all_flag} #{mouse_sgr_flag} #{alternate_on}'

/**
 * The shell behind a tmux client in control mode.
 * @param same it was there before: what its screen holds is shown first, and what scrolled by since it was read last
 */
export function tmuxShell(client: Process, name: string, size: TerminalSize, same: boolean): TmuxShell {
  const target = `=${name}:`
  const stdout = new Readable({ highWaterMark: 64 * 1024, read: () => void client.stdout.resume() })
  /** Who waits for the answers to their commands, oldest first; the first block belongs to the attach itself. */
  const asked: ((lines: Buffer[]) => void)[] = [() => {}]
  let block: { end: string; error: string; lines: Buffer[] } | null = null
  let waiting: Buffer = Buffer.alloc(0)
  let isOver = false
  let drawn = !same
  let noting: NodeJS.Timeout | null = null
  client.stdin.on('error', () => {}) // it has ended: the exit says so

  const put = (bytes: Buffer) => {
    if (!stdout.push(bytes)) client.stdout.pause()
  }
  const ask = (command: string, answer: (lines: Buffer[]) => void = () => {}): void => {
    if (!client.stdin.writable) return
    asked.push(answer)
    client.stdin.write(`${command}\n`)
  }

  const note = (): void => {
    noting = null
    ask(`display-message -p -t '${target}' '#{history_size}'`, ([line]) => {
      // Only behind all that was read: the answer stands behind it in the stream.
      if (line && /^\d+$/.test(String(line))) ask(`set-option -t '=${name}' @styx_seen ${line}`)
    })
  }

  const draw = (): void => {
    ask(`display-message -p -t '${target}' '${STATE}'`, ([line]) => {
      const state = String(line).split(' ').map(Number)
      if (state.length !== 12 || state.some(Number.isNaN)) {
        drawn = true
        return
      }
      const [history, seen, x, y, cursor, cursorKeys, keypad, click, drag, move, sgr, alternate] = state as Tuple12
      const missed = seen < 0 || alternate ? 0 : history >= HISTORY_FULL_LINES ? MISSED_LINES : history - seen
      const from = Math.max(0, Math.min(missed, history, MISSED_LINES))
      ask(`capture-pane -p -e -t '${target}' -S ${-from}`, (lines) => {
        const mode = (number: number, on: number) => `\x1b[?${number}${on ? 'h' : 'l'}`
        const text = alternate ? lines : shownLines(lines, from + y)
        // On the normal screen tmux need not know how far down a line stands: only what is there is drawn, below what was.
        const up = text.length - 1 - (from + y)
        const place = alternate ? `\x1b[${y + 1};${x + 1}H` : `\r${up > 0 ? `\x1b[${up}A` : ''}${x > 0 ? `\x1b[${x}C` : ''}`
        put(
          Buffer.concat([
            Buffer.from(alternate ? '\x1b[?1049h\x1b[H\x1b[2J' : ''),
            joined(text),
            Buffer.from(`\x1b[m${place}${mode(25, cursor)}${mode(1, cursorKeys)}${keypad ? '\x1b=' : '\x1b>'}`),
            Buffer.from(move ? mode(1003, 1) : drag ? mode(1002, 1) : click ? mode(1000, 1) : mode(1000, 0)),
            Buffer.from(mode(1006, sgr)),
          ]),
        )
        drawn = true
        if (alternate) redraw(resize, () => now)
      })
    })
  }
  let now = size
  const resize = ({ cols, rows }: TerminalSize) => ask(`refresh-client -C ${cols},${rows}`)

  const take = (line: Buffer): void => {
    if (block) {
      const text = line.length < 64 ? line.toString() : ''
      if (text !== block.end && text !== block.error) {
        block.lines.push(line)
        return
      }
      const { lines } = block
      block = null
      asked.shift()?.(text.startsWith('%end') ? lines : [])
      return
    }
    if (line.subarray(0, 8).equals(OUTPUT)) {
      // What comes before the picture of the screen is part of it.
      if (!drawn) return
      put(unescaped(line.subarray(line.indexOf(0x20, 8) + 1)))
      noting ??= setTimeout(note, NOTE_MS)
      return
    }
    const text = line.toString()
    const [, which] = /^%begin (\d+ \d+ \d+)$/.exec(text) ?? []
    if (which) block = { end: `%end ${which}`, error: `%error ${which}`, lines: [] }
    else if (/^%exit\b/.test(text)) isOver = !/detached|too far behind/.test(text)
  }

  client.stdout.on('data', (chunk: Buffer) => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk])
    let at = 0
    for (let end = waiting.indexOf(0x0a, at); end !== -1; end = waiting.indexOf(0x0a, at)) {
      take(waiting.subarray(at, end))
      at = end + 1
    }
    waiting = waiting.subarray(at)
  })
  const over = () => {
    if (noting) clearTimeout(noting)
    if (!stdout.readableEnded) stdout.push(null)
  }
  client.stdout.once('end', over).once('close', over)
  client.stderr.resume()
  client.stdout.resume()

  resize(size)
  if (same) draw()

  return {
    stdout,
    stderr: Readable.from([]),
    stdin: new Writable({
      write: (bytes: Buffer, _encoding, done) => {
        for (let at = 0; at < bytes.length; at += KEYS_MAX) {
          const keys = bytes
            .subarray(at, at + KEYS_MAX)
            .toString('hex')
            .replace(/../g, '$& ')
          ask(`send-keys -t '${target}' -H ${keys}`)
        }
        done()
      },
    }),
    exit: client.exit.then((exit): Exit => (isOver ? { code: null, signal: null } : exit)),
    resize: (next) => {
      now = next
      resize(next)
    },
    kill: client.kill,
    shellEnded: () => isOver,
  }
}

const OUTPUT = Buffer.from('%output ')
type Tuple12 = [number, number, number, number, number, number, number, number, number, number, number, number]

/** Without the empty rows at the end, but down to the cursor. */
function shownLines(lines: Buffer[], cursorAt: number): Buffer[] {
  const last = lines.findLastIndex((line) => line.length > 0)
  return lines.slice(0, Math.max(last, cursorAt) + 1)
}

function joined(lines: Buffer[]): Buffer {
  const parts = lines.flatMap((line, i) => (i === 0 ? [line] : [Buffer.from('\r\n'), line]))
  return Buffer.concat(parts)
}

/** Control mode writes what is not printable, and the backslash, as three octal digits. */
function unescaped(line: Buffer): Buffer {
  let from = line.indexOf(0x5c)
  if (from === -1) return line
  const out = Buffer.allocUnsafe(line.length)
  let length = line.copy(out, 0, 0, from)
  while (from < line.length) {
    const byte = line[from] as number
    if (byte === 0x5c && from + 3 < line.length) {
      out[length++] =
        (((line[from + 1] as number) & 7) << 6) | (((line[from + 2] as number) & 7) << 3) | ((line[from + 3] as number) & 7)
      from += 4
    } else {
      out[length++] = byte
      from++
    }
  }
  return out.subarray(0, length)
}
