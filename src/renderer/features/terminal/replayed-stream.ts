import type { Terminal } from '@xterm/xterm'
import { openBytes } from '../../rpc/bytes.ts'

/** How much may wait in xterm: enough to keep it busy over a round trip, little enough that a Ctrl-C is answered at once. */
const WINDOW_BYTES = 256 * 1024
/** A hidden page draws nothing, and its timers run once a second: it lets go of the stream, so that it holds no shell back. */
const HIDDEN_MS = 5_000

type Options = {
  terminalId: string
  /** The shell has ended, or its text cannot be read (then why). */
  onEnd(reason: string): void
  /** What was sent to the shell: typed, pasted, or answered. */
  onSent(data: string): void
}

/** Joins a terminal on the screen with its stream: what came before is shown and never answered, and a gap begins anew. */
export function joinStream(terminal: Terminal, { terminalId, onEnd, onSent }: Options) {
  let stream: ReturnType<typeof openBytes> | null = null
  /** The next byte to come; null before the first. */
  let at: number | null = null
  let live = 0
  let ended = false
  let hiddenTimer: ReturnType<typeof setTimeout> | null = null

  // xterm answers questions in the output by itself; those in old output were answered long ago. Said behind what still waits in xterm.
  const mute = () => {
    terminal.options.disableStdin = true
  }
  const unmute = () => {
    if (!ended) terminal.options.disableStdin = false
  }

  function open(offset: number | null): void {
    stream = openBytes(`terminal:${terminalId}`, {
      offset,
      window_bytes: WINDOW_BYTES,
      onPreamble: (preamble, from, liveFrom) => {
        const goesOn = from === at && preamble.length === 0
        at = from
        live = liveFrom
        terminal.write('', () => {
          mute()
          if (!goesOn) terminal.reset()
        })
        terminal.write(preamble, from >= live ? unmute : undefined)
      },
      onData: (bytes, from, done) => {
        if (from !== at) {
          // What lay between is no longer kept, or this window was too slow: the newest part is shown, from a line's beginning.
          stream?.close()
          open(null)
          return
        }
        at = from + bytes.length
        const old = live > from && live < at ? live - from : 0
        if (old > 0) terminal.write(bytes.subarray(0, old), unmute)
        const becomesLive = old === 0 && at === live
        terminal.write(bytes.subarray(old), () => {
          if (becomesLive) unmute()
          done()
        })
      },
      onClose: (reason) => {
        ended = true
        stream = null
        // The last program may have left a full screen, the mouse or a colour behind. CAN: or a sequence that never ended.
        terminal.write('\x18\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?25l\x1b[m', () => {
          mute()
          if (terminal.buffer.active.type === 'alternate') terminal.write('\x1b[?1049l')
        })
        onEnd(reason)
      },
    })
  }
  const onVisibility = () => {
    if (hiddenTimer) clearTimeout(hiddenTimer)
    hiddenTimer = null
    if (ended) return
    if (document.hidden) {
      hiddenTimer = setTimeout(() => {
        stream?.close()
        stream = null
      }, HIDDEN_MS)
    } else if (stream === null) open(at)
  }
  document.addEventListener('visibilitychange', onVisibility)
  const typing = terminal.onData((data) => {
    stream?.write(new TextEncoder().encode(data))
    onSent(data)
  })
  // Mouse reports in the old encoding are bytes, not text.
  const binary = terminal.onBinary((data) => stream?.write(Uint8Array.from(data, (char) => char.charCodeAt(0))))
  mute()
  open(null)

  return {
    /** A new shell was started in the terminal: its stream goes on where the old one ended. */
    resume: () => {
      if (!ended) return
      ended = false
      open(at)
    },
    close: () => {
      document.removeEventListener('visibilitychange', onVisibility)
      if (hiddenTimer) clearTimeout(hiddenTimer)
      typing.dispose()
      binary.dispose()
      stream?.close()
    },
  }
}
