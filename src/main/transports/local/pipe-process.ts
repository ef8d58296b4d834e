import { spawn } from 'node:child_process'
import { StyxError } from '../../../shared/error.ts'
import { withUsersUmask } from '../../umask.ts'
import type { Exit, Process } from '../transport.ts'
import { endGroup, onAnyAbort, signalGroup } from './process-group.ts'

type Start = {
  file: string
  argv: readonly [string, ...string[]]
  env: Record<string, string>
  cwd: string
  signals: AbortSignal[]
}

/** Starts a program with pipes, in a process group of its own, so that an abort reaches its children too. */
export async function startWithPipes({ file, argv, env, cwd, signals }: Start): Promise<Process> {
  const child = withUsersUmask(() =>
    spawn(file, argv.slice(1), { argv0: argv[0], env, cwd, detached: true, stdio: 'pipe', windowsHide: true }),
  )
  const { stdin, stdout, stderr } = child
  stdin.on('error', () => {}) // EPIPE: it ended without reading all; who writes is told by the callback of the write

  const exited = new Promise<Exit>((resolve) => child.once('exit', (code, killedBy) => resolve({ code, signal: killedBy })))
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (error) => reject(notStarted(argv[0], error)))
  })
  const group = child.pid as number

  let ending: Promise<void> | null = null
  const stopListening = onAnyAbort(signals, () => {
    ending = endGroup(group, ['SIGTERM'])
  })
  // Not at 'exit': what it started may live on in its group and hold the pipes.
  child.once('close', stopListening)

  return {
    stdin,
    stdout,
    stderr,
    exit: exited.then(async (exit) => {
      await ending
      return exit
    }),
    resize: () => {},
    kill: (name) => void signalGroup(group, `SIG${name}`),
  }
}

/** What the kernel said when it refused to start a program (E2BIG, EAGAIN, ENOEXEC …). */
export function notStarted(program: string, error: unknown): StyxError {
  return new StyxError({
    code: 'exec.failed',
    what: `${program} could not be started`,
    why: error instanceof Error ? error.message : String(error),
    suggestion: 'Try again; if it stays so, start it in a shell of this machine to see why.',
  })
}
