import type { IDisposable, Terminal } from '@xterm/xterm'

/** A title is at most so long, whatever a program sends. */
const TITLE_MAX = 80
/** What a program may put on the clipboard at once. */
const CLIPBOARD_MAX_BYTES = 1024 * 1024

// Control characters, and those that hide or turn round the text beside them.
const TRICKS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}]+/gu

/** A program's title as plain, short text. */
export function safeTitle(title: string): string {
  const plain = title
    .slice(0, TITLE_MAX * 8)
    .replace(TRICKS, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  const letters = [...plain]
  return letters.length > TITLE_MAX ? `${letters.slice(0, TITLE_MAX - 1).join('')}…` : plain
}

/** What an OSC 52 sequence wants on the clipboard; null for a question (never answered) and for what is no text. */
export function clipboardText(data: string): string | null {
  const [, base64] = /^[cpqs0-7]*;([A-Za-z0-9+/]*={0,2})$/.exec(data) ?? []
  if (!base64 || base64.length > (CLIPBOARD_MAX_BYTES * 4) / 3) return null
  try {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

/** Pasted text without control characters: an ESC in it could end the bracketed paste and run what follows. */
export const safePaste = (text: string): string => text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g, '')

type Allowed = { clipboardWrite(): boolean; onTitle(title: string): void }

/**
 * Takes from a program's output the power to do more than draw. Off: reports that would be typed into the shell as if by the user (title,
 * DECRQSS, window), window changes; titles become short plain text; the clipboard is written only if the user allowed it, never read.
 */
export function guard(terminal: Terminal, allowed: Allowed): IDisposable[] {
  const ignore = () => true
  const isQuestion = (data: string) => data.includes('?')
  return [
    terminal.parser.registerDcsHandler({ intermediates: '$', final: 'q' }, ignore),
    terminal.parser.registerCsiHandler({ final: 't' }, ignore),
    // What the palette's colours are is nobody's need; for the back- and foreground (10, 11) editors ask, and choose theirs by it.
    terminal.parser.registerOscHandler(4, isQuestion),
    terminal.parser.registerOscHandler(12, isQuestion),
    terminal.parser.registerOscHandler(52, (data) => {
      const text = allowed.clipboardWrite() ? clipboardText(data) : null
      if (text !== null) navigator.clipboard.writeText(text).catch(() => {}) // the browser may refuse it, e.g. without the focus
      return true
    }),
    terminal.onTitleChange((title) => allowed.onTitle(safeTitle(title))),
  ]
}
