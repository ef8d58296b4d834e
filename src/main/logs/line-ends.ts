/** A longer line is shown in pieces of at most this, so that no line of a log is too long to read, to send or to draw. */
export const LINE_MAX_BYTES = 16 * 1024

const NEWLINE = 10

/**
 * Where the whole lines of `bytes` end, each behind its newline, or where a piece of one that is too long does. What comes behind the
 * last end is no line yet. However a stream is cut into chunks, its lines are the same.
 */
export function lineEnds(bytes: Buffer): number[] {
  const ends: number[] = []
  let from = 0
  let newline = bytes.indexOf(NEWLINE)
  for (;;) {
    if (newline !== -1 && newline < from) newline = bytes.indexOf(NEWLINE, from)
    if (newline !== -1 && newline - from <= LINE_MAX_BYTES) from = newline + 1
    else if (bytes.length - from > LINE_MAX_BYTES) from = characterEnd(bytes, from + LINE_MAX_BYTES)
    else return ends
    ends.push(from)
  }
}

/** `at`, or up to three bytes before, where it would cut a UTF-8 character in two. */
function characterEnd(bytes: Buffer, at: number): number {
  for (let back = 0; back <= 3; back++) if (((bytes[at - back] as number) & 0xc0) !== 0x80) return at - back
  return at
}
