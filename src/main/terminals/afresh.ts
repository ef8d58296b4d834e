import type { Replay } from './replay.ts'

/**
 * Ends what an ended shell may have left behind, whatever its text was cut in: a control sequence, the mouse, bracketed paste, and (by a
 * soft reset) all else.
 */
export const AFRESH = '\x18\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[!p\r\n'

/** Back to the normal screen, whatever the text was cut in. Only for a terminal that shows the other: it moves the cursor. */
export const leaveAlternateScreen = (replay: Replay): string => (replay.alternateScreen() ? '\x18\x1b[?1049l' : '\x18')

/** A line of ours above a new shell. */
export const noteLine = (note: string): string => `── ${note} ──\r\n`
