import { errorDataOf, StyxError } from '../../shared/error.ts'
import { DATA_MAX_BYTES, decodeFrame, encodeFrame, FRAME_MAX_BYTES, type Frame } from '../../shared/frames.ts'
import type { Peer } from '../../shared/peer.ts'
import type { ByteReader, OpenBytes } from '../byte-stream.ts'

/** Enough for every pane of a wall of terminals; more is a bug or an attack. */
export const CHANNELS_MAX = 256

type Channel = {
  /** Bytes that may still be sent. */
  credit: number
  /** Ends the wait for credit. */
  wake(): void
  abort: AbortController
  reader: Promise<ByteReader>
}

/**
 * Serves byte streams to one peer until it closes: every channel is pumped within the credit that the peer gave for it.
 * A message that is not a frame closes the peer with the reason; a closed peer closes every reader.
 */
export function serveBytes(peer: Peer<Uint8Array>, open: OpenBytes): void {
  const channels = new Map<number, Channel>()
  const send = (frame: Frame) => peer.send(encodeFrame(frame))

  peer.onMessage((message) => {
    try {
      receive(decodeFrame(message))
    } catch (error) {
      closeAll()
      const { what, why } = errorDataOf(error)
      peer.close(`${what}: ${why}`)
    }
  })
  peer.onClose(closeAll)

  function receive(frame: Frame) {
    const channel = channels.get(frame.channel)
    switch (frame.kind) {
      case 'open':
        if (channel) throw misuse(`channel ${frame.channel} is open already`)
        if (channels.size >= CHANNELS_MAX) {
          void send({ kind: 'close', channel: frame.channel, reason: `At most ${CHANNELS_MAX} streams at a time.` })
          return
        }
        void pump(frame.channel, frame.stream, frame.offset)
        return
      case 'preamble':
        throw misuse('only the engine sends a preamble')
      // A frame for a channel that is not there crossed our close on the way: nothing is wrong.
      case 'data':
        channel?.reader
          .then((reader) => reader.write?.(frame.bytes))
          .catch((error) => finish(frame.channel, channel, reasonOf(error)))
        return
      case 'credit':
        if (channel) {
          channel.credit += frame.bytes
          channel.wake()
        }
        return
      case 'close':
        if (channel) drop(frame.channel, channel)
        return
    }
  }

  async function pump(id: number, stream: string, offset: number | null) {
    const abort = new AbortController()
    const { signal } = abort
    const channel: Channel = { credit: 0, wake: () => {}, abort, reader: open(stream, offset, signal) }
    channels.set(id, channel)
    try {
      const reader = await channel.reader
      if (signal.aborted) return
      if (reader.preamble.byteLength > FRAME_MAX_BYTES / 2) throw misuse('the preamble is too long')
      await send({ kind: 'preamble', channel: id, offset: reader.offset, live: reader.live, bytes: reader.preamble })
      for (;;) {
        while (channel.credit === 0 && !signal.aborted)
          await new Promise<void>((resolve) => {
            channel.wake = resolve
          })
        if (signal.aborted) return
        const chunk = await reader.next(Math.min(channel.credit, DATA_MAX_BYTES), signal)
        if (signal.aborted) return
        if (chunk === null) return finish(id, channel, '')
        channel.credit -= chunk.bytes.byteLength
        await send({ kind: 'data', channel: id, ...chunk })
      }
    } catch (error) {
      finish(id, channel, reasonOf(error))
    } finally {
      // Also for a reader that opens only after the channel was closed.
      channel.reader.then(
        (reader) => reader.close(),
        () => {},
      )
    }
  }

  /** Ends the channel and tells the peer, unless it has ended already. */
  function finish(id: number, channel: Channel, reason: string) {
    if (channels.get(id) !== channel) return
    drop(id, channel)
    void send({ kind: 'close', channel: id, reason })
  }

  function drop(id: number, channel: Channel) {
    channels.delete(id)
    channel.abort.abort()
    channel.wake()
  }

  function closeAll() {
    for (const [id, channel] of channels) drop(id, channel)
  }
}

const reasonOf = (error: unknown) => {
  const { what, why } = errorDataOf(error)
  return why ? `${what}: ${why}` : what
}

const misuse = (why: string) =>
  new StyxError({ code: 'frame.misuse', what: 'The byte channel was used wrongly', why, suggestion: 'Reload the page.' })
