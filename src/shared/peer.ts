/** One end of a message connection, whatever carries it: a WebSocket or a MessagePort. Text for the contract, bytes for frames. */
export type Peer<Message extends string | Uint8Array> = {
  /** Resolves once the message was handed on, where the carrier can tell: awaiting it is the backpressure. Never rejects. */
  send(message: Message): Promise<void>
  onMessage(listener: (message: Message) => void): void
  /** Called once, with the reason ("" when none was given), however the end came. */
  onClose(listener: (reason: string) => void): void
  close(reason: string): void
}
