import { StyxError } from './error.ts'

/**
 * The byte channel: terminals, logs and files, on a port or socket of its own beside the contract.
 * Many streams share it, each under a channel number that the client chooses. Offsets are absolute in the stream, so that a reload,
 * a second window or a lost connection goes on where it was. A sender may send only what the receiver gave credit for.
 *
 * A frame is one message: kind (1 byte), channel (uint32), then by kind, all little-endian:
 *   open      client → engine   offset float64 (−1: where a new reader should begin), stream name UTF-8
 *   preamble  engine → client   offset float64, live float64, bytes: write these first; they are not part of the stream, which begins
 *                               at offset. What comes before `live` happened before the open: it is shown, never answered
 *   data      both ways         offset float64, bytes (to the engine: keystrokes, offset 0)
 *   credit    client → engine   uint32: so many more bytes may be sent
 *   close     both ways         reason UTF-8 ("" when there is nothing to say)
 */
export type Frame =
  | { kind: 'open'; channel: number; offset: number | null; stream: string }
  | { kind: 'preamble'; channel: number; offset: number; live: number; bytes: Uint8Array }
  | { kind: 'data'; channel: number; offset: number; bytes: Uint8Array }
  | { kind: 'credit'; channel: number; bytes: number }
  | { kind: 'close'; channel: number; reason: string }

const KINDS = ['open', 'preamble', 'data', 'credit', 'close'] as const
const HEAD = 5
const OFFSET = 8

/** The largest frame that a peer may send: a longer one is an attack or a bug, and closes the channel. */
export const FRAME_MAX_BYTES = 256 * 1024
/** The most payload put into one data frame: small enough that a keystroke's echo never waits behind a long one. */
export const DATA_MAX_BYTES = 64 * 1024

const utf8 = new TextEncoder()
const text = new TextDecoder('utf-8', { fatal: true })

/** The frame as the bytes of one message. */
export function encodeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  switch (frame.kind) {
    case 'open':
      return pack(frame, frame.offset ?? -1, utf8.encode(frame.stream))
    case 'preamble': {
      const out = pack(frame, frame.offset, new Uint8Array(OFFSET + frame.bytes.byteLength))
      new DataView(out.buffer).setFloat64(HEAD + OFFSET, frame.live, true)
      out.set(frame.bytes, HEAD + 2 * OFFSET)
      return out
    }
    case 'data':
      return pack(frame, frame.offset, frame.bytes)
    case 'credit': {
      const out = pack(frame, null, new Uint8Array(4))
      new DataView(out.buffer).setUint32(HEAD, frame.bytes, true)
      return out
    }
    case 'close':
      return pack(frame, null, utf8.encode(frame.reason))
  }
}

function pack(frame: Frame, offset: number | null, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const at = offset === null ? HEAD : HEAD + OFFSET
  const out = new Uint8Array(at + payload.byteLength)
  const view = new DataView(out.buffer)
  view.setUint8(0, KINDS.indexOf(frame.kind) + 1)
  view.setUint32(1, frame.channel, true)
  if (offset !== null) view.setFloat64(HEAD, offset, true)
  out.set(payload, at)
  return out
}

/**
 * One message as a frame. The payload is a view on the message, not a copy.
 * @throws StyxError `frame.invalid` for anything that is not a frame: the caller closes the channel.
 */
export function decodeFrame(message: Uint8Array): Frame {
  if (message.byteLength < HEAD || message.byteLength > FRAME_MAX_BYTES) throw invalid(`its length is ${message.byteLength}`)
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  const kind = KINDS[view.getUint8(0) - 1]
  if (kind === undefined) throw invalid(`its kind is ${view.getUint8(0)}`)
  const channel = view.getUint32(1, true)
  switch (kind) {
    case 'open': {
      const offset = readOffset(view, -1)
      return { kind, channel, offset: offset === -1 ? null : offset, stream: readText(message.subarray(HEAD + OFFSET)) }
    }
    case 'preamble':
      return {
        kind,
        channel,
        offset: readOffset(view, 0),
        live: readOffset(view, 0, HEAD + OFFSET),
        bytes: message.subarray(HEAD + 2 * OFFSET),
      }
    case 'data':
      return { kind, channel, offset: readOffset(view, 0), bytes: message.subarray(HEAD + OFFSET) }
    case 'credit':
      if (message.byteLength !== HEAD + 4) throw invalid('a credit frame has 9 bytes')
      return { kind, channel, bytes: view.getUint32(HEAD, true) }
    case 'close':
      return { kind, channel, reason: readText(message.subarray(HEAD)) }
  }
}

function readOffset(view: DataView, least: number, at = HEAD): number {
  if (view.byteLength < at + OFFSET) throw invalid('its offset is cut off')
  const offset = view.getFloat64(at, true)
  if (!Number.isSafeInteger(offset) || offset < least) throw invalid(`its offset is ${offset}`)
  return offset
}

function readText(bytes: Uint8Array): string {
  try {
    return text.decode(bytes)
  } catch {
    throw invalid('its text is not UTF-8')
  }
}

const invalid = (why: string) =>
  new StyxError({
    code: 'frame.invalid',
    what: 'A message on the byte channel is not a frame',
    why,
    suggestion: 'Reload the page.',
  })
