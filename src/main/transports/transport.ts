import type { Readable, Writable } from 'node:stream'
import type { ErrorData } from '../../shared/error.ts'
import type { TerminalSize } from '../../shared/terminal.ts'

export type ExecOptions = {
  env?: Record<string, string>
  cwd?: string
  /** A terminal of this size instead of pipes: stdout carries everything, stderr stays empty. */
  pty?: TerminalSize
  /** Ends the process: TERM, then KILL after 2 s, to its whole process group. */
  signal: AbortSignal
}

/** Exit code, or the signal that ended it; both null when that could not be learned (the connection was lost). */
export type Exit = { code: number | null; signal: string | null }

/** A process on a node. Unread output holds the process back: nothing is buffered without bound. */
export type Process = {
  stdin: Writable
  stdout: Readable
  stderr: Readable
  exit: Promise<Exit>
  /** Only with `pty`. */
  resize(size: TerminalSize): void
  kill(signal: 'HUP' | 'INT' | 'TERM' | 'KILL'): void
}

/** How a transport stands to its machine. */
export type Link =
  /** Nobody needed it yet, or not for long. */
  | { is: 'idle' }
  /** On its way, or waiting for an answer of the user. */
  | { is: 'connecting' }
  /** `system`: why it goes through the system's ssh, where it does. */
  | { is: 'open'; system: string | null }
  /** Connected, but nothing was heard since (epoch ms). What runs over it lives on should the machine come back. */
  | { is: 'silent'; since: number }
  /** It tries again by itself while somebody watches it. */
  | { is: 'lost'; error: ErrorData }
  /** Only the user can mend it: it does nothing more until it is woken. */
  | { is: 'needs-you'; error: ErrorData }

export type ForwardOptions = {
  /** The local port to take where it is free. */
  wish?: number
  /** How each connection fared: null when it got there, else why not. */
  tell?(problem: ErrorData | null): void
}

/** A port of a node that is open on this computer, until it is closed. */
export type Forward = { localPort: number; close(): void }

/** The one way to do something on a node; made from an Endpoint by `connections.ts`. Members join with their first user. */
export type Transport = {
  /**
   * Starts a program: argv in, never a pasted string.
   * @throws StyxError `exec.not-found` | `exec.failed` when it could not be started.
   */
  exec(argv: readonly [string, ...string[]], options: ExecOptions): Promise<Process>
  /** The user's own login shell there, as argv. */
  shell(signal: AbortSignal): Promise<[string, ...string[]]>
  /**
   * Opens a port of the node on 127.0.0.1 of this computer (on this machine: the port itself), until the signal aborts. It outlives lost
   * connections: who connects meanwhile waits a while for the next one.
   * @throws StyxError `forward.no-port`
   */
  forward(port: number, signal: AbortSignal, options?: ForwardOptions): Promise<Forward>
  /** Tells how it stands, now and at every change, and keeps it connected until the signal aborts. */
  watch(tell: (link: Link) => void, signal: AbortSignal): void
  /** Tries again at once, also where it waits for the user: for what the user asks for, and after the machine slept. */
  wake(): void
  close(): Promise<void>
}
