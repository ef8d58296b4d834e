import { type ByteStream, createByteStreams, type StreamHandlers } from './byte-streams.ts'
import { onOpen } from './connection.ts'

const streams = createByteStreams()
onOpen(({ bytes }) => streams.use(bytes))

/**
 * Opens a byte stream of the engine by its name (`terminal:ID`). After a reconnect it goes on by itself where it was.
 * `write` sends keystrokes.
 */
export const openBytes = (stream: string, handlers: StreamHandlers): ByteStream => streams.open(stream, handlers)
