/**
 * What a terminal answers by itself when a program asks it (device attributes, status, cursor, modes, colours, version): not typed by
 * anybody. F3 with a modifier looks like a cursor report of the first line and is taken for a key.
 */
export function isReport(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x1b || bytes.length > 64) return false
  const text = Buffer.from(bytes).toString('latin1')
  return REPORT.test(text) && !/^\x1b\[1;[2-8]R$/.test(text)
}

const REPORT = /^(\x1b\[[?>=]?[\d;]*(c|n|R|\$y)|\x1b\]1[01];rgb:[\da-f/]+(\x1b\\|\x07)|\x1bP[>!][|\w .()-]*\x1b\\)$/i

/** Colours of the background are what tmux does not know of the terminal. */
export const isColour = (bytes: Uint8Array): boolean => bytes[1] === 0x5d
