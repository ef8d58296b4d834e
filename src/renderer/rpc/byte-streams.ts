import { DATA_MAX_BYTES, decodeFrame, encodeFrame, type Frame } from '../../shared/frames.ts'
import type { Peer } from '../../shared/peer.ts'

export type StreamHandlers = {
  /** Where to begin; null: where the engine thinks best. */
  offset: number | null
  /** How much may be on its way to the screen or wait there. */
  window_bytes: number
  /**
   * The view begins anew at `offset`: clear it and write these bytes, which are not part of the stream. Called first of all, and again if
   * a reconnect finds that what comes next is no longer kept. What comes before `live` happened before: it is shown, never answered.
   */
  onPreamble(bytes: Uint8Array, offset: number, live: number): void
  /** The next bytes. `done`, called once they were processed, lets more come. */
  onData(bytes: Uint8Array, offset: number, done: () => void): void
  /** The engine has ended the stream. "" when it simply came to its end. Not called for a lost connection: that is mended. */
  onClose(reason: string): void
}

/** Keystrokes written while there is no connection are dropped: sent later they would answer a screen that nobody saw. */
export type ByteStream = { write(bytes: Uint8Array): void; close(): void }

type Stream = StreamHandlers & {
  channel: number
  name: string
  /** The next byte to come; null until the engine said where it begins. */
  at: number | null
  begun: boolean
  /** Given to `onData` and not done yet. */
  unread: number
  /** Done, and not yet given back as credit. */
  owed: number
}

/** Byte streams that outlive the connections they come over. `use` gives them the next connection. */
export function createByteStreams() {
  const streams = new Map<number, Stream>()
  let peer: Peer<Uint8Array> | null = null
  let lastChannel = 0
  const send = (frame: Frame) => void peer?.send(encodeFrame(frame))

  function use(next: Peer<Uint8Array>) {
    peer = next
    next.onMessage((message) => {
      if (peer !== next) return
      try {
        receive(decodeFrame(message))
      } catch (error) {
        next.close('')
        throw error
      }
    })
    next.onClose(() => {
      if (peer === next) peer = null
    })
    for (const stream of streams.values()) begin(stream)
  }

  function begin(stream: Stream) {
    const { channel, name, at, window_bytes, unread } = stream
    stream.owed = 0
    send({ kind: 'open', channel, offset: at, stream: name })
    if (window_bytes > unread) send({ kind: 'credit', channel, bytes: window_bytes - unread })
  }

  function receive(frame: Frame) {
    const stream = streams.get(frame.channel)
    if (!stream) return // it crossed our close
    switch (frame.kind) {
      case 'preamble':
        if (!stream.begun || frame.offset !== stream.at) stream.onPreamble(frame.bytes, frame.offset, frame.live)
        stream.begun = true
        stream.at = frame.offset
        return
      case 'data': {
        const { byteLength } = frame.bytes
        stream.at = frame.offset + byteLength
        stream.unread += byteLength
        stream.onData(frame.bytes, frame.offset, () => giveBack(stream, byteLength))
        return
      }
      case 'close':
        streams.delete(stream.channel)
        stream.onClose(frame.reason)
        return
    }
  }

  /** Returns credit in lumps: a frame for each few bytes would cost more than it carries. */
  function giveBack(stream: Stream, bytes: number) {
    stream.unread -= bytes
    stream.owed += bytes
    if (stream.unread > 0 && stream.owed < stream.window_bytes / 4) return
    if (streams.has(stream.channel)) send({ kind: 'credit', channel: stream.channel, bytes: stream.owed })
    stream.owed = 0
  }

  function open(name: string, handlers: StreamHandlers): ByteStream {
    lastChannel += 1
    const stream: Stream = { ...handlers, channel: lastChannel, name, at: handlers.offset, begun: false, unread: 0, owed: 0 }
    const { channel } = stream
    streams.set(channel, stream)
    if (peer) begin(stream)
    return {
      write(bytes) {
        if (!streams.has(channel)) return
        for (let at = 0; at < bytes.byteLength; at += DATA_MAX_BYTES)
          send({ kind: 'data', channel, offset: 0, bytes: bytes.subarray(at, at + DATA_MAX_BYTES) })
      },
      close() {
        if (streams.delete(channel)) send({ kind: 'close', channel, reason: '' })
      },
    }
  }

  return { use, open }
}
