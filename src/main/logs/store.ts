/**
 * Where logs are kept: `job:ID`, `operation:ID`. A stream's offsets are those of the file on its node and never change, so that
 * whoever follows it goes on where the store ends, with no byte lost or doubled, after any crash.
 */
export type LogStore = {
  /** Where the next bytes of a stream belong. */
  position(log: string, stream: string): Promise<number>
  /**
   * Keeps bytes of a stream: what is here already is skipped; what lies between the end and `offset` is a gap, and is said.
   * `at`: when they were written, epoch ms. Resolves once the store takes more: await it, and a slow disk slows its source.
   */
  write(log: string, stream: string, offset: number, bytes: Uint8Array, at: number): Promise<void>
  /** Says what is missing and why, in words for the reader. */
  tellGap(log: string, words: string): Promise<void>
  /** Nothing more comes: an unfinished line becomes a line, followers end. */
  end(log: string): Promise<void>
  remove(log: string): Promise<void>
  close(): Promise<void>
}
