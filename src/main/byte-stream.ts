/** Bytes from an absolute offset on. */
export type Chunk = { offset: number; bytes: Uint8Array }

/** One reader of one stream (a terminal): what the byte channel pulls from, so that a slow reader slows only itself. */
export type ByteReader = {
  /** Where this reader begins. */
  offset: number
  /** Where the stream ended when this reader was made: what comes before is replay. */
  live: number
  /** What must be written before the first chunk to see it right (terminal modes set before `offset`); not part of the stream. */
  preamble: Uint8Array
  /**
   * The next bytes, at most `max`; waits when there are none yet. A chunk that begins later than the last one ended: what lay
   * between is no longer kept. Null: the stream has ended and all of it was read.
   */
  next(max: number, signal: AbortSignal): Promise<Chunk | null>
  /** Keystrokes, for streams that take them. */
  write?(bytes: Uint8Array): void
  /** Always called once the reader is done with, however that came. */
  close(): void
}

/**
 * Opens a stream by its name: `terminal:ID`. `offset` null: where a new reader should begin.
 * @throws StyxError `stream.unknown`
 */
export type OpenBytes = (stream: string, offset: number | null, signal: AbortSignal) => Promise<ByteReader>

/** A file for the user's disk, made while it is read. */
export type Download = { name: string; bytes: AsyncGenerator<Uint8Array> }

/**
 * Opens a download by what stands in its address behind `/download/`; null: there is none of that name.
 * @throws StyxError
 */
export type OpenDownload = (path: string, query: URLSearchParams, signal: AbortSignal) => Promise<Download | null>
