import { constants } from 'node:os'
import { Readable, Writable } from 'node:stream'
import type { TerminalSize } from '../../../shared/terminal.ts'
import { withUsersUmask } from '../../umask.ts'
import type { Exit, Process } from '../transport.ts'
import { notStarted } from './pipe-process.ts'
import { endGroup, onAnyAbort, signalGroup } from './process-group.ts'

type Start = {
  file: string
  argv: readonly [string, ...string[]]
  env: Record<string, string>
  cwd: string
  size: TerminalSize
  signals: AbortSignal[]
}

/** Output that waits here for its reader before the PTY itself is held back. */
const AHEAD_BYTES = 64 * 1024
const LOOK_MS = 50

/** Starts a program in a terminal of its own. Its group is its session: an abort hangs up on all that the shell started. */
export async function startInPty({ file, argv, env, cwd, size, signals }: Start): Promise<Process> {
  const { spawn } = await import('@lydell/node-pty') // loaded with the first terminal: it costs the start 20 ms
  const pty = (() => {
    try {
      return withUsersUmask(() =>
        spawn(file, argv.slice(1), { name: env.TERM ?? 'xterm-256color', ...size, cwd, env, encoding: null }),
      )
    } catch (error) {
      throw notStarted(argv[0], error)
    }
  })()
  const group = pty.pid
  let ended = false

  // node-pty closes the terminal 200 ms after the program's end, read or not. So while it is held back we look for that end ourselves
  // and then take the rest in at once: no more than what the kernel holds, 64 KiB. (Node 20 loses of it what it has not read at the
  // end; its libuv takes the hang-up for the end of the data. Measured; Node 24 does not.)
  let held: NodeJS.Timeout | null = null
  const letGo = () => {
    if (held) clearInterval(held)
    held = null
    if (!ended) pty.resume()
  }
  const hold = () => {
    if (held || ended) return
    pty.pause()
    held = setInterval(() => {
      if (!isAlive(group)) letGo()
    }, LOOK_MS)
  }

  const stdout = new Readable({
    highWaterMark: AHEAD_BYTES,
    read: letGo,
    destroy: (error, done) => {
      letGo()
      done(error)
    },
  })
  pty.onData((data) => {
    // `encoding: null` gives Buffers; the type does not know.
    if (!stdout.destroyed && !stdout.push(data as unknown as Buffer) && isAlive(group)) hold()
  })

  const stdin = new Writable({
    write: (bytes: Buffer, _encoding, done) => {
      if (!ended) pty.write(bytes as unknown as string) // takes Buffers too
      done()
    },
  })

  /** Between its fork and its first step it has no group yet, which no signal would reach. */
  const grouped = async () => {
    while (!ended && isAlive(group) && !signalGroup(group, 0)) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  let ending: Promise<void> | null = null
  const stopListening = onAnyAbort(signals, () => {
    // HUP first: an interactive shell ignores TERM, and passes HUP on to its jobs.
    ending = grouped().then(() => endGroup(group, ['SIGHUP', 'SIGTERM']))
  })
  const exit = new Promise<Exit>((resolve) => {
    pty.onExit(({ exitCode, signal: killedBy }) => {
      ended = true
      letGo()
      stopListening()
      stdout.push(null)
      resolve(killedBy ? { code: null, signal: signalName(killedBy) } : { code: exitCode, signal: null })
    })
  }).then(async (how) => {
    await ending
    return how
  })

  return {
    stdin,
    stdout,
    stderr: Readable.from([]),
    exit,
    resize: ({ cols, rows }) => {
      if (!ended) pty.resize(cols, rows)
    },
    kill: (name) => void signalGroup(group, `SIG${name}`),
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const signalName = (number: number): string =>
  Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`
