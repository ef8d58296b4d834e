import { type Readable, Writable } from 'node:stream'
import type { ClientChannel } from 'ssh2'
import type { StyxError } from '../../../shared/error.ts'
import type { SshHost } from '../../../shared/node.ts'
import type { TerminalSize } from '../../../shared/terminal.ts'
import type { Exit } from '../transport.ts'
import { socketError } from './errors.ts'

/** A command that runs on a host, whatever carries it there. */
export type Carried = {
  stdin: Writable
  stdout: Readable
  stderr: Readable
  exit: Promise<Exit>
  /** Nothing goes to or comes from it any more. */
  closed: Promise<void>
  resize(size: TerminalSize): void
  close(): void
  /** What it means that it ended before a program began, where that was not the login shell's doing. */
  whyEnded(exit: Exit, said: string): StyxError | null
}

/** @param lost resolves when the connection has ended */
export function carriedBy(host: SshHost, channel: ClientChannel, lost: Promise<void>): Carried {
  channel.on('error', () => {}) // a lost connection shows in the exit
  channel.stderr.on('error', () => {})
  // ssh2 tells of the end of a channel only once all of it was read.
  const closed = Promise.race([lost, new Promise<void>((resolve) => channel.once('close', () => resolve()))])
  const exited = new Promise<Exit>((resolve) =>
    channel.once('exit', (code: number | null, killedBy?: string) => resolve({ code, signal: signalName(killedBy) })),
  )
  return {
    stdin: writer(channel, closed),
    stdout: channel,
    stderr: channel.stderr,
    exit: Promise.race([exited, closed.then(() => ({ code: null, signal: null }))]),
    closed,
    resize: ({ cols, rows }) => channel.setWindow(rows, cols, 0, 0),
    close: () => channel.close(),
    whyEnded: ({ code, signal }) =>
      code === null && signal === null ? socketError(host, new Error('It ended before the program began.')) : null,
  }
}

const signalName = (name: string | undefined): string | null => name?.replace(/@openssh\.com$/, '') ?? null

/** What is written here waits for the other side; after the end of the program it fails as a broken pipe does. */
function writer(channel: ClientChannel, closed: Promise<void>): Writable {
  let waiting: ((error?: Error) => void) | null = null
  const broken = () => Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
  let isOver = false
  const stdin = new Writable({
    write: (bytes: Buffer, _encoding, done) => {
      if (isOver) return done(broken())
      waiting = done
      channel.write(bytes, () => {
        if (waiting !== done) return
        waiting = null
        done()
      })
    },
    final: (done) => {
      if (!isOver) channel.end()
      done()
    },
    destroy: (error, done) => {
      if (!isOver) channel.end()
      done(error)
    },
  })
  stdin.on('error', () => {}) // who writes is told by the callback of the write
  closed.then(() => {
    isOver = true
    const done = waiting
    waiting = null
    done?.(broken())
  })
  return stdin
}
