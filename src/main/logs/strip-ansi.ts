const ESCAPE = 0x1b
const BELL = 0x07
const NEWLINE = 0x0a

/**
 * Copies bytes without their ANSI sequences: colours, cursor moves, titles, links. One that is not ended ends at the end of its line,
 * so that a newline is never lost. `to` may be the same memory as `from`.
 * @returns how many bytes were copied
 */
export function stripAnsi(from: Buffer, to: Buffer): number {
  let [at, length] = [0, 0]
  for (;;) {
    const begin = from.indexOf(ESCAPE, at)
    const plain = begin === -1 ? from.length : begin
    to.set(from.subarray(at, plain), length)
    length += plain - at
    if (begin === -1) return length
    at = sequenceEnd(from, begin)
  }
}

/** Behind the sequence that begins at an escape. */
function sequenceEnd(bytes: Buffer, begin: number): number {
  const kind = bytes[begin + 1]
  // CSI: parameters and intermediates up to a final byte.
  if (kind === 0x5b)
    return passed(
      bytes,
      begin + 2,
      (byte) => byte >= 0x20 && byte < 0x40,
      (byte) => byte >= 0x40 && byte < 0x7f,
    )
  // OSC, DCS, SOS, PM, APC: text up to a bell or ESC \.
  if (kind === 0x5d || kind === 0x50 || kind === 0x58 || kind === 0x5e || kind === 0x5f) return textEnd(bytes, begin + 2)
  // Others: intermediates up to a final byte.
  return passed(
    bytes,
    begin + 1,
    (byte) => byte >= 0x20 && byte < 0x30,
    (byte) => byte >= 0x30 && byte < 0x7f,
  )
}

function passed(bytes: Buffer, from: number, isInner: (byte: number) => boolean, isFinal: (byte: number) => boolean): number {
  let at = from
  while (at < bytes.length && isInner(bytes[at] as number)) at += 1
  return at < bytes.length && isFinal(bytes[at] as number) ? at + 1 : at
}

function textEnd(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === NEWLINE) return at
    if (byte === BELL) return at + 1
    if (byte === ESCAPE) return bytes[at + 1] === 0x5c ? at + 2 : at
  }
  return bytes.length
}
