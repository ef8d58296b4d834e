import { Readable, Writable } from 'node:stream'
import type { TerminalSize } from '../../shared/terminal.ts'
import type { Exit, Process } from '../transports/transport.ts'
import { AFRESH } from './afresh.ts'

/** A shell that was started, or found again. */
export type Attached = {
  process: Process
  /** It is the one of before. */
  same: boolean
  /** tmux on the node keeps it while nobody is connected. */
  kept: boolean
  /** Was it the connection that ended, and not the shell? */
  isLost(exit: Exit): boolean
}

export type Lasting = {
  /** Null: the engine that had it is gone; it is looked for. `since`: when it was lost, epoch ms. */
  first: Attached | null
  since: number
  /** Once more, as soon as the node answers. Rejects when that can never be. */
  again(size: TerminalSize): Promise<Attached>
  /** What brings a terminal that shows a lost program back to where lines can be drawn. */
  leave(): string
  size: TerminalSize
  onLost(at: number): void
  onBack(attached: Attached): void
  /** Why it can never be had again. */
  onGivenUp(error: unknown): void
  signal: AbortSignal
}

/** A process in a terminal that outlives its connection: a line says when it was lost and when it came back. */
export function lastingProcess(options: Lasting): Process {
  const { first, again, leave, onLost, onBack, onGivenUp, signal } = options
  let { size } = options
  let current: Process | null = null
  const stdout = new Readable({ highWaterMark: 64 * 1024, read: () => void current?.stdout.resume() })
  const say = (text: string) => stdout.push(Buffer.from(text))

  /** Passes on all it prints. `drained`: it was all. */
  const follow = (process: Process): { exit: Promise<Exit>; drained: Promise<void> } => {
    current = process
    process.stdin.on('error', () => {}) // it has ended: the exit says so
    process.stdout.on('data', (bytes: Buffer) => {
      if (!stdout.push(bytes)) process.stdout.pause()
    })
    const drained = new Promise<void>((resolve) =>
      process.stdout
        .once('end', resolve)
        .once('close', resolve)
        .once('error', () => resolve()),
    )
    return { exit: process.exit, drained }
  }

  const run = async (): Promise<Exit> => {
    let attached = first
    let lostAt = options.since
    for (;;) {
      if (attached) {
        const followed = follow(attached.process)
        const exit = await followed.exit
        if (signal.aborted || !attached.isLost(exit)) {
          // Whoever waits for the end is told at once: it may be what holds the rest back.
          void followed.drained.then(() => stdout.push(null))
          return exit
        }
        await followed.drained
        current = null
        lostAt = Date.now()
      }
      const word = attached ? 'connection lost' : 'Styx was away since'
      say(`${leave()}\r\n\x1b[m\x1b[7m ── ${word} ${clock(lostAt)} \x1b[m`)
      onLost(lostAt)
      const asked = size
      try {
        attached = await again(asked)
        if (size !== asked) attached.process.resize(size)
      } catch (error) {
        say('\r\n')
        stdout.push(null)
        if (!signal.aborted) onGivenUp(error)
        return { code: null, signal: null }
      }
      const found = attached.same ? 'the same shell' : 'new shell, the old one ended'
      say(`\x1b[7m… back ${clock(Date.now())}, ${found} ── \x1b[m\r\n${attached.same ? '' : AFRESH}`)
      onBack(attached)
    }
  }

  return {
    stdout,
    stderr: Readable.from([]),
    stdin: new Writable({
      // Keys for a shell that is not there now go nowhere: sent later they would do what nobody sees.
      write: (bytes: Buffer, _encoding, done) => {
        if (current?.stdin.writable) current.stdin.write(bytes)
        done()
      },
    }),
    exit: Promise.resolve().then(run), // whoever made it is done first
    resize: (next) => {
      size = next
      current?.resize(next)
    },
    kill: (name) => current?.kill(name),
  }
}

const clock = (at: number): string => new Date(at).toTimeString().slice(0, 8)
