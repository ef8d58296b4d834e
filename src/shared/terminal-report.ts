/**
 * What a terminal answers by itself when a program asks it (device attributes, status, cursor, modes, colours, version): not typed by
 * anybody. F3 with a modifier looks like a cursor report of the first line and is taken for a key.
 */
export const isReport = (text: string): boolean => text.length < 64 && REPORT.test(text) && !/^\x1b\[1;[2-8]R$/.test(text)

const REPORT = /^(\x1b\[[?>=]?[\d;]*(c|n|R|\$y)|\x1b\]1[01];rgb:[\da-fA-F/]+(\x1b\\|\x07)|\x1bP[>!][|\w .()-]*\x1b\\)$/

/** The mouse, and that the window has the focus or lost it. */
export const isPointing = (text: string): boolean => /^\x1b\[([IO]$|M|<[\d;]+[Mm]$)/.test(text)
